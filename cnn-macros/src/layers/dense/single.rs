//! The loops of a dense layer on one sample, outputs in the lanes.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::kernels::Sizes;
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layers::folding::Folding;
use crate::layout::{WIDEST, padded};

/// `weight[o][i]` becomes `packed[i][o]`, outputs padded with zeros.
pub(super) fn packing(sizes: Sizes, folding: Folding) -> Packing {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    let (lanes, channel) = (lanes_of_weights(outputs), quote!(o));
    let bias = folding.bias(&channel);
    let bias = bias.map(|bias| quote! { packed_bias[o] = #bias; });
    let weight = folding.weight(quote!(weight[o][i]), &channel);
    let body = quote! {
        for o in 0..#outputs {
            #bias
            for i in 0..#inputs {
                packed_weight[i][o] = #weight;
            }
        }
    };
    let formula = "packed_weight[i][o] = weight[o][i]";
    folding.packing([vec![inputs, lanes], vec![lanes]], formula, body)
}

/// The outputs of an input's weights: at least a register, and whole ones of the shorter level, since the
/// time goes to reading weights. The last register of a longer one overlaps the one before it.
fn lanes_of_weights(outputs: usize) -> usize {
    outputs.next_multiple_of(WIDEST / 2).max(WIDEST)
}

/// How many registers of outputs are computed at a time.
const MOST: usize = 8;

/// How many sums must be under way for the multiply–adds not to wait for one another: two begin in a
/// cycle, and each takes four (Zen 4, Ice Lake).
const UNDER_WAY: usize = 8;

/// How many of so many registers of outputs are computed last, together: what is left over, and the eight
/// before it. Thus most layers read their weights in order: one of 120 outputs took a tenth less than by
/// eight and seven registers (AVX2, AMD EPYC, 2026-11-27).
fn last(vectors: usize) -> usize {
    match vectors % MOST {
        0 => 0,
        rest if vectors < MOST => rest,
        rest => MOST + rest,
    }
}

/// The forward pass of one sample, outputs in the lanes: every input is broadcast to eight registers of
/// outputs at a time, or a few more. Where there are fewer, each has several sums, of every second, fourth
/// or eighth input.
pub(super) fn single(sizes: Sizes, site: &Site<'_>) -> Kernel {
    let Sizes {
        inputs,
        outputs,
        bias,
    } = sizes;
    let mut arguments = vec![Tensor::Input(0).read(), Tensor::Packed(0).read()];
    let mut bias_argument = quote!();
    if bias {
        arguments.push(Tensor::Packed(1).read());
        bias_argument = quote!(packed_bias,);
    }
    arguments.push(Tensor::Output.write());
    let items = single_tile(sizes, site);
    // A short sum is not worth adding up its parts.
    let most_sums: usize = 1 << (inputs / 2).max(1).ilog2();
    let call = |vectors: usize, v: TokenStream| {
        let sums: usize = most_sums.min(1 << (UNDER_WAY / vectors).max(1).ilog2());
        quote! {
            tile::<T, S, #vectors, #sums>(simd, input, packed_weight, #bias_argument output, #v);
        }
    };
    let cover = |vectors: usize| {
        let last = last(vectors);
        let before = vectors - last;
        let (whole, most) = (before / MOST, call(MOST, quote!(v * #MOST)));
        let most = (whole > 0).then(|| quote!(for v in 0..#whole { #most }));
        let last = (last > 0).then(|| call(last, quote!(#before)));
        quote!(if const { registers_of::<T, S>(#outputs) == #vectors } { #most #last })
    };
    // On a level whose registers have 16, 8, 4 or 2 lanes.
    let counts = BTreeSet::from([16, 8, 4, 2].map(|lanes| outputs.div_ceil(lanes)));
    let tiles = counts.into_iter().map(cover);
    let body = quote!(#(#tiles)*);
    let sum = format!(
        "{}Σ_i weight[o][i] · input[i]",
        if bias { "bias[o] + " } else { "" }
    );
    let doc = vec![
        format!("`output[o] = {}`", site.activated_formula(&sum)),
        "One sample, outputs in the lanes.".to_owned(),
    ];
    Kernel {
        purpose: "single",
        doc,
        arguments,
        items,
        body,
    }
}

/// The sums of a few registers of outputs.
fn single_tile(sizes: Sizes, site: &Site<'_>) -> TokenStream {
    let Sizes {
        inputs,
        outputs,
        bias,
    } = sizes;
    let (lanes_in, lanes_out) = (padded(inputs), padded(outputs));
    let lanes = lanes_of_weights(outputs);
    let (mut bias_type, mut start) = (quote!(), quote!());
    if bias {
        bias_type = quote!(packed_bias: &[T; #lanes],);
        start = quote! {
            for v in 0..VECTORS {
                sum[0][v] = load_at(simd, packed_bias, first[v]);
            }
        };
    }
    let result = site.activate(quote!(sum[0][v]));
    quote! {
        /// `VECTORS` registers of outputs from register `v0` on; the input `i` belongs to the sum
        /// `i % SUMS` of each, and these are added up in pairs.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const VECTORS: usize, const SUMS: usize>(
            simd: S,
            input: &[T; #lanes_in],
            packed_weight: &[[T; #lanes]; #inputs],
            #bias_type
            output: &mut [T; #lanes_out],
            v0: usize,
        ) {
            let mut first = [0; VECTORS];
            for v in 0..VECTORS {
                first[v] = usize::min((v0 + v) * width::<T, S>(), #lanes - width::<T, S>());
            }
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; SUMS];
            #start
            let (strips, rest) = packed_weight.as_chunks::<SUMS>();
            let (x_strips, x_rest) = input[..#inputs].as_chunks::<SUMS>();
            for (x, weights) in zip(x_strips, strips) {
                for s in 0..SUMS {
                    for v in 0..VECTORS {
                        let weights = load_at(simd, &weights[s], first[v]);
                        sum[s][v] = weights.mul_add(splat(simd, x[s]), sum[s][v]);
                    }
                }
            }
            for s in 0..#inputs % SUMS {
                for v in 0..VECTORS {
                    let weights = load_at(simd, &rest[s], first[v]);
                    sum[s][v] = weights.mul_add(splat(simd, x_rest[s]), sum[s][v]);
                }
            }
            let mut half = SUMS / 2;
            while half > 0 {
                for s in 0..half {
                    for v in 0..VECTORS {
                        sum[s][v] = sum[s][v].add(sum[s + half][v]);
                    }
                }
                half /= 2;
            }
            for v in 0..VECTORS {
                store_at(output, first[v], #result);
            }
        }
    }
}
