//! The loops of a dense layer on one sample, outputs in the lanes.

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

/// The forward pass of one sample, outputs in the lanes: every input is broadcast to eight
/// registers of outputs at a time, so that the weights are read in order.
pub(super) fn single(sizes: Sizes, site: &Site<'_>) -> Kernel {
    let Sizes {
        inputs,
        outputs,
        bias,
    } = sizes;
    let (lanes_in, lanes) = (padded(inputs), padded(outputs));
    let mut arguments = vec![Tensor::Input(0).read(), Tensor::Packed(0).read()];
    let (mut bias_type, mut bias_argument) = (quote!(), quote!());
    let mut start = quote!(splat(simd, T::ZERO));
    if bias {
        arguments.push(Tensor::Packed(1).read());
        bias_type = quote!(packed_bias: &[T; #lanes],);
        bias_argument = quote!(packed_bias,);
        start = quote!(load_at(simd, packed_bias, (v0 + v) * width::<T, S>()));
    }
    arguments.push(Tensor::Output.write());
    let result = site.activate(quote!(sum[v]));
    let items = quote! {
        /// `VECTORS` registers of outputs from register `v0` on.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const VECTORS: usize>(
            simd: S,
            input: &[T; #lanes_in],
            packed_weight: &[[T; #lanes]; #inputs],
            #bias_type
            output: &mut [T; #lanes],
            v0: usize,
        ) {
            let mut sum = [splat(simd, T::ZERO); VECTORS];
            for v in 0..VECTORS {
                sum[v] = #start;
            }
            for i in 0..#inputs {
                let x = splat(simd, input[i]);
                for v in 0..VECTORS {
                    let weights = load_at(simd, &packed_weight[i], (v0 + v) * width::<T, S>());
                    sum[v] = weights.mul_add(x, sum[v]);
                }
            }
            for v in 0..VECTORS {
                store_at(output, (v0 + v) * width::<T, S>(), #result);
            }
        }
    };
    let step = |vectors: usize| {
        quote! {
            while v + #vectors <= vectors {
                tile::<T, S, #vectors>(simd, input, packed_weight, #bias_argument output, v);
                v += #vectors;
            }
        }
    };
    let steps: TokenStream = [8, 4, 2, 1].into_iter().map(step).collect();
    let body = quote! {
        let vectors = usize::div_ceil(#outputs, width::<T, S>());
        let mut v = 0;
        #steps
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
