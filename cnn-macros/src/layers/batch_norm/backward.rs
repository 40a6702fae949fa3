//! The loops of batch normalization backward on blocks, samples in the lanes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::forward::{channel, channel_mut, in_chains, inverse_deviation};
use super::{BatchNorm, channels};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layers::Layer;

/// The gradient by the normalized, scaled and shifted value of the register `x[at]`, of which that by the output
/// is `d[at]`. A fused activation is computed anew: it takes less time than to read what it gave.
fn delta(layer: &BatchNorm, site: &Site<'_>) -> [TokenStream; 2] {
    if !is_pulled_back(layer, site) {
        return [quote!(), quote!(load(simd, &d[at], part))];
    }
    let normal = quote!(load(simd, &x[at], part).sub(mean).mul_add(factor, shift));
    let [factor, shift] = match layer.affine {
        true => [
            quote!(deviation.mul(splat(simd, weight[c]))),
            quote!(splat(simd, bias[c])),
        ],
        false => [quote!(deviation), quote!(splat(simd, T::ZERO))],
    };
    [
        quote!(let (factor, shift) = (#factor, #shift);),
        site.pull_back(normal, quote!(load(simd, &d[at], part))),
    ]
}

fn is_pulled_back(layer: &BatchNorm, site: &Site<'_>) -> bool {
    site.epilogue.is_some_and(|f| layer.pulls_back(f))
}

/// What the formulas leave out: the gradient of a fused activation.
fn notes(layer: &BatchNorm, site: &Site<'_>) -> Vec<String> {
    let function = site.epilogue.filter(|f| layer.pulls_back(*f));
    let pulled_back = function.map(|f| {
        let f = f.formula("x");
        format!("`d_output` stands for that times `f′`, where `f(x)` is `{f}`, computed anew.")
    });
    pulled_back.into_iter().collect()
}

/// The sums of a block that the gradient by the input needs of all blocks; they are the block's part
/// of the parameters' gradients.
pub(super) fn weight_gradient(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let shape = site.output;
    let [channels, per_sample] = channels(shape);
    let mut arguments = vec![
        Tensor::Input(0).read(),
        Tensor::OutputGradient.read(),
        Tensor::Merged(0).read(),
    ];
    if layer.affine && is_pulled_back(layer, site) {
        arguments.extend([Tensor::Parameter(0).read(), Tensor::Parameter(1).read()]);
    }
    arguments.push(Tensor::Partial(1).write());
    let mut doc = vec![
        "`block_sums[c]` is the sum of `d_output[c]`, and that of `d_output[c]` times the \
         normalized input."
            .to_owned(),
    ];
    let add = layer.affine.then(|| {
        arguments.extend([
            Tensor::ParameterGradient(0).update(),
            Tensor::ParameterGradient(1).update(),
        ]);
        doc.push("Both are added to `d_bias[c]` and `d_weight[c]`.".to_owned());
        quote! {
            d_bias[c] += sum;
            d_weight[c] += product;
        }
    });
    doc.extend(notes(layer, site));
    let (x, d) = (
        channel("x", "input", shape),
        channel("d", "d_output", shape),
    );
    let deviation = inverse_deviation(&quote!(moments[1][c]), layer.epsilon);
    let [prepare, delta] = delta(layer, site);
    let sums = in_chains(
        per_sample,
        &quote! {
            let delta = #delta;
            sums[k] = sums[k].add(delta);
            products[k] = load(simd, &x[at], part).sub(mean).mul_add(delta, products[k]);
        },
    );
    // Without a sample there is no gradient, so nothing has to be left out.
    let total = |chains: &str| {
        let chains = format_ident!("{chains}");
        quote!(#chains[0].add(#chains[1]).add(#chains[2].add(#chains[3])))
    };
    let (sum, product) = (total("sums"), total("products"));
    Kernel {
        purpose: "weight_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: quote! {
            for c in 0..#channels {
                #x
                #d
                let (mean, deviation) = (splat(simd, moments[0][c]), #deviation);
                #prepare
                let (mut sum, mut product) = (T::ZERO, T::ZERO);
                for part in 0..parts::<T, S>() {
                    let mut sums = [splat(simd, T::ZERO); 4];
                    let mut products = [splat(simd, T::ZERO); 4];
                    #sums
                    sum += #sum.sum();
                    product += #product.mul(deviation).sum();
                }
                block_sums[c].0[0] = sum;
                block_sums[c].0[1] = product;
                #add
            }
        },
    }
}

/// The gradient by the input, of which every value of the batch has a part.
pub(super) fn input_gradient(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let shape = site.output;
    let [channels, per_sample] = channels(shape);
    let mut arguments = vec![
        Tensor::Pass.read(),
        Tensor::Input(0).read(),
        Tensor::Merged(0).read(),
        Tensor::Merged(1).read(),
    ];
    let mut scale = quote!(deviation);
    let mut factor = "";
    if layer.affine {
        arguments.push(Tensor::Parameter(0).read());
        if is_pulled_back(layer, site) {
            arguments.push(Tensor::Parameter(1).read());
        }
        scale = quote!(deviation.mul(splat(simd, weight[c])));
        factor = "weight[c] / ";
    }
    let x = channel("x", "input", shape);
    let [d, write] = match site.in_place {
        true => {
            arguments.push(Tensor::InputGradient(0).update());
            [
                channel_mut("d", "d_input", shape),
                quote!(store_over(&mut d[at], part, delta)),
            ]
        }
        false => {
            arguments.extend([
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ]);
            let (d, d_x) = (
                channel("d", "d_output", shape),
                channel_mut("d_x", "d_input", shape),
            );
            [quote!(#d #d_x), quote!(store(&mut d_x[at], part, delta))]
        }
    };
    let deviation = inverse_deviation(&quote!(moments[1][c]), layer.epsilon);
    let [prepare, delta] = delta(layer, site);
    let mut doc = vec![
        format!(
            "`d_input[c] = {factor}deviation[c] · (d_output[c] − (sums[0][c] + normal · \
                 sums[1][c]) / n)` with the normalized input `normal` and `n` values in the channel."
        ),
        "Lanes without a sample get no gradient.".to_owned(),
    ];
    doc.extend(notes(layer, site));
    if site.in_place {
        doc.push("`d_input` holds `d_output` before.".to_owned());
    }
    Kernel {
        purpose: "input_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: quote! {
            let present = pass.present();
            let share = T::from_f64(1.0 / (pass.batch * #per_sample) as f64);
            for c in 0..#channels {
                #x
                #d
                let (mean, deviation) = (splat(simd, moments[0][c]), #deviation);
                #prepare
                let scale = #scale;
                let start = splat(simd, T::ZERO).sub(splat(simd, sums[0][c] * share));
                let slope = splat(simd, T::ZERO).sub(deviation.mul(splat(simd, sums[1][c] * share)));
                for at in 0..#per_sample {
                    for part in 0..parts::<T, S>() {
                        let distance = load(simd, &x[at], part).sub(mean);
                        let delta = (#delta).add(distance.mul_add(slope, start));
                        let delta = load(simd, &present, part).select_greater(
                            splat(simd, T::ZERO),
                            delta.mul(scale),
                            splat(simd, T::ZERO),
                        );
                        #write;
                    }
                }
            }
        },
    }
}
