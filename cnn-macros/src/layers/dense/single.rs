//! The loops of a dense layer on one sample, outputs in the lanes.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::kernels::Sizes;
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layers::folding::Folding;
use crate::layout::padded;

/// `weight[o][i]` becomes `packed[i][o]`, outputs padded with zeros.
pub(super) fn packing(sizes: Sizes, folding: Folding) -> Packing {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    let (lanes, channel) = (padded(outputs), quote!(o));
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

/// How many registers of outputs are computed at a time.
const MOST: usize = 8;

/// How many sums must be under way for the multiply–adds not to wait for one another: two begin in a
/// cycle, and each takes four (Zen 4, Ice Lake).
const UNDER_WAY: usize = 8;

/// How many registers of outputs may be left over, on a level whose registers have 16, 8, 4 or 2 lanes.
fn rests(outputs: usize) -> BTreeSet<usize> {
    let vectors = [16, 8, 4, 2].map(|lanes| outputs.div_ceil(lanes));
    vectors.map(|vectors| vectors % MOST).into_iter().collect()
}

/// The forward pass of one sample, outputs in the lanes: every input is broadcast to eight
/// registers of outputs at a time, and to what is left over, so that the weights are read in order. Where
/// there are fewer registers, each has several sums, of every second, fourth or eighth input.
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
        let sums: usize = most_sums.min(1 << (UNDER_WAY / vectors).ilog2());
        quote! {
            tile::<T, S, #vectors, #sums>(simd, input, packed_weight, #bias_argument output, #v);
        }
    };
    let most = call(MOST, quote!(v * #MOST));
    let rests = rests(outputs).into_iter().filter(|&rest| rest > 0);
    let rests = rests.map(|rest| {
        let call = call(rest, quote!(vectors - #rest));
        quote!(if vectors % #MOST == #rest { #call })
    });
    let body = quote! {
        let vectors = usize::div_ceil(#outputs, width::<T, S>());
        for v in 0..vectors / #MOST {
            #most
        }
        #(#rests)*
    };
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
    let (lanes_in, lanes) = (padded(inputs), padded(outputs));
    let (mut bias_type, mut start) = (quote!(), quote!());
    if bias {
        bias_type = quote!(packed_bias: &[T; #lanes],);
        start = quote! {
            for v in 0..VECTORS {
                sum[0][v] = load_at(simd, packed_bias, (v0 + v) * width::<T, S>());
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
            output: &mut [T; #lanes],
            v0: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; SUMS];
            #start
            let (strips, rest) = packed_weight.as_chunks::<SUMS>();
            let (x_strips, x_rest) = input[..#inputs].as_chunks::<SUMS>();
            for (x, weights) in x_strips.iter().zip(strips) {
                for s in 0..SUMS {
                    for v in 0..VECTORS {
                        let weights = load_at(simd, &weights[s], (v0 + v) * width::<T, S>());
                        sum[s][v] = weights.mul_add(splat(simd, x[s]), sum[s][v]);
                    }
                }
            }
            for s in 0..#inputs % SUMS {
                for v in 0..VECTORS {
                    let weights = load_at(simd, &rest[s], (v0 + v) * width::<T, S>());
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
                store_at(output, (v0 + v) * width::<T, S>(), #result);
            }
        }
    }
}
