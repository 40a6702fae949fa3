//! The loops of batch normalization backward on blocks, samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::forward::{channel, channel_mut, inverse_deviation};
use super::{BatchNorm, channels};
use crate::kernel::{Argument, Elementwise, Kernel, Site, Tensor};
use crate::layers::Layer;

/// The fused activation whose gradient the norm sees to itself.
fn computed_anew<'a>(layer: &BatchNorm, site: &Site<'a>) -> Option<&'a dyn Elementwise> {
    site.epilogue.filter(|f| layer.pulls_back(*f))
}

/// The parameters that the kernels read: those of [`scale`], and for an activation computed anew its shift.
fn parameters(layer: &BatchNorm, site: &Site<'_>, scales: bool) -> Vec<Argument> {
    let anew = computed_anew(layer, site).is_some();
    let reads = [scales || anew, anew].map(|is_read| layer.affine && is_read);
    let read = (0..reads.len()).filter(|&n| reads[n]);
    read.map(|n| Tensor::Parameter(n).read()).collect()
}

/// What a distance from the mean is multiplied by.
fn scale(layer: &BatchNorm) -> TokenStream {
    match layer.affine {
        true => quote!(deviation.mul(splat(simd, weight[c]))),
        false => quote!(deviation),
    }
}

/// The gradient by the scaled and shifted value of the register `x[at]`, of which that by the output is `d[at]`;
/// before it what it needs of a channel beside `scale`. A fused activation is computed anew, which takes less
/// time than to read what it gave.
fn delta(layer: &BatchNorm, site: &Site<'_>) -> [TokenStream; 2] {
    let d = quote!(load(simd, &d[at], part));
    if computed_anew(layer, site).is_none() {
        return [quote!(), d];
    }
    let shift = match layer.affine {
        true => quote!(splat(simd, bias[c])),
        false => quote!(splat(simd, T::ZERO)),
    };
    let pulled_back = site.pull_back(quote!(value), d);
    let value = quote!(load(simd, &x[at], part).sub(mean).mul_add(scale, shift));
    [
        quote!(let shift = #shift;),
        quote!({ let value = #value; #pulled_back }),
    ]
}

/// The gradients that a function of the input's takes.
fn gradient_arguments(site: &Site<'_>) -> Vec<Argument> {
    match site.in_place.is_some() {
        true => vec![Tensor::InputGradient(0).update()],
        false => vec![
            Tensor::OutputGradient.read(),
            Tensor::InputGradient(0).write(),
        ],
    }
}

/// [`note`], and of the input's gradient where it stands.
fn notes(layer: &BatchNorm, site: &Site<'_>) -> impl Iterator<Item = String> {
    let in_place = site
        .in_place
        .map(|_| "`d_input` holds `d_output` before.".to_owned());
    note(layer, site).into_iter().chain(in_place)
}

/// What the formulas leave out: the gradient of a fused activation.
fn note(layer: &BatchNorm, site: &Site<'_>) -> Option<String> {
    let f = computed_anew(layer, site)?.formula("x");
    Some(format!(
        "`d_output` stands for that times `f′`, where `f(x)` is `{f}`, computed anew."
    ))
}

/// The sums of a block that the gradient by the input needs of all blocks; they are the block's part
/// of the parameters' gradients.
pub(super) fn weight_gradient(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let mut arguments = vec![
        Tensor::Input(0).read(),
        Tensor::OutputGradient.read(),
        Tensor::Merged(0).read(),
    ];
    arguments.extend(parameters(layer, site, false));
    arguments.push(Tensor::Partial(1).write());
    let mut doc = vec![
        "`block_sums[c]` is the sum of `d_output[c]`, and that of `d_output[c]` times the \
         normalized input."
            .to_owned(),
    ];
    if layer.affine {
        arguments.extend([
            Tensor::ParameterGradient(0).update(),
            Tensor::ParameterGradient(1).update(),
        ]);
        doc.push("Both are added to `d_bias[c]` and `d_weight[c]`.".to_owned());
    }
    doc.extend(note(layer, site));
    Kernel {
        purpose: "weight_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: summed(layer, site),
    }
}

/// Without a sample there is no gradient, so nothing has to be left out of the sums.
fn summed(layer: &BatchNorm, site: &Site<'_>) -> TokenStream {
    let [channels, per_sample] = channels(site.output);
    let (x, d) = (
        channel("x", "input", site.output),
        channel("d", "d_output", site.output),
    );
    let deviation = inverse_deviation(&quote!(moments[1][c]), layer.epsilon);
    let [shift, delta] = delta(layer, site);
    let scale = computed_anew(layer, site).map(|_| {
        let scale = scale(layer);
        quote!(let scale = #scale;)
    });
    let add = layer.affine.then(|| {
        quote! {
            d_bias[c] += sum;
            d_weight[c] += product;
        }
    });
    quote! {
        for c in 0..#channels {
            #x
            #d
            let (mean, deviation) = (splat(simd, moments[0][c]), #deviation);
            #scale
            #shift
            let [sums, products] = sums_by_lane::<T, S, _>(
                simd, #per_sample,
                #[inline(always)] |at, part, [sum, product]| {
                    let delta = #delta;
                    let distance = load(simd, &x[at], part).sub(mean);
                    [sum.add(delta), distance.mul_add(delta, product)]
                },
            );
            let sum = sum_scalars::<T, S>(simd, &sums.0, T::ZERO, |x| x);
            let product = sum_scalars::<T, S>(simd, &products.0, T::ZERO, |x| x.mul(deviation));
            block_sums[c].0[0] = sum;
            block_sums[c].0[1] = product;
            #add
        }
    }
}

/// The gradient by the input, of which every value of the batch has a part.
pub(super) fn input_gradient(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let mut arguments = vec![
        Tensor::Pass.read(),
        Tensor::Input(0).read(),
        Tensor::Merged(0).read(),
        Tensor::Merged(1).read(),
    ];
    arguments.extend(parameters(layer, site, true));
    arguments.extend(gradient_arguments(site));
    let weight = if layer.affine { "weight[c] · " } else { "" };
    let mut doc = vec![
        format!(
            "`d_input[c] = {weight}deviation[c] · (d_output[c] − (sums[0][c] + normal · \
             sums[1][c]) / n)` with the normalized input `normal` and `n` values in the channel."
        ),
        "Lanes without a sample get no gradient.".to_owned(),
    ];
    doc.extend(notes(layer, site));
    Kernel {
        purpose: "input_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: centered(layer, site),
    }
}

/// The gradient by the input where mean and variance are the running ones, which the input does not change.
pub(super) fn frozen_input_gradient(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let anew = computed_anew(layer, site).is_some();
    let mut arguments = Vec::new();
    if anew {
        arguments.extend([Tensor::Input(0).read(), Tensor::Statistic(0).read()]);
    }
    arguments.push(Tensor::Statistic(1).read());
    arguments.extend(parameters(layer, site, true));
    arguments.extend(gradient_arguments(site));
    let weight = if layer.affine { "weight[c] · " } else { "" };
    let epsilon = layer.epsilon;
    let mut doc = vec![format!(
        "`d_input[c] = {weight}d_output[c] / √(running_var[c] + {epsilon})`"
    )];
    doc.extend(notes(layer, site));
    Kernel {
        purpose: "input_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: scaled(layer, site),
    }
}

/// The gradient times the scale of its channel.
fn scaled(layer: &BatchNorm, site: &Site<'_>) -> TokenStream {
    let [channels, per_sample] = channels(site.output);
    let [d, write] = gradients(site);
    let deviation = inverse_deviation(&quote!(running_var[c]), layer.epsilon);
    let scale = scale(layer);
    let [shift, delta] = delta(layer, site);
    let input = computed_anew(layer, site).map(|_| {
        let x = channel("x", "input", site.output);
        quote!(#x let mean = splat(simd, running_mean[c]);)
    });
    quote! {
        for c in 0..#channels {
            #d
            let deviation = #deviation;
            let scale = #scale;
            #input
            #shift
            for at in 0..#per_sample {
                for part in 0..parts::<T, S>() {
                    let delta = #delta.mul(scale);
                    #write;
                }
            }
        }
    }
}

/// The gradient without its mean, and without what of it follows the input.
fn centered(layer: &BatchNorm, site: &Site<'_>) -> TokenStream {
    let [channels, per_sample] = channels(site.output);
    let x = channel("x", "input", site.output);
    let [d, write] = gradients(site);
    let deviation = inverse_deviation(&quote!(moments[1][c]), layer.epsilon);
    let scale = scale(layer);
    let [shift, delta] = delta(layer, site);
    quote! {
        let present = pass.present();
        let share = T::from_f64(1.0 / (pass.batch * #per_sample) as f64);
        for c in 0..#channels {
            #x
            #d
            let (mean, deviation) = (splat(simd, moments[0][c]), #deviation);
            let scale = #scale;
            #shift
            let start = splat(simd, T::ZERO).sub(splat(simd, sums[0][c] * share));
            let slope = splat(simd, T::ZERO).sub(deviation.mul(splat(simd, sums[1][c] * share)));
            for at in 0..#per_sample {
                for part in 0..parts::<T, S>() {
                    // Nothing in lanes without a sample. The compiler computes it before the loop, and the products.
                    let zero = splat(simd, T::ZERO);
                    let own = load(simd, &present, part).select_greater(zero, scale, zero);
                    let distance = load(simd, &x[at], part).sub(mean);
                    let rest = distance.mul_add(slope.mul(own), start.mul(own));
                    let delta = #delta.mul_add(own, rest);
                    #write;
                }
            }
        }
    }
}

/// A channel `d` of the gradient by the output, and how `delta` is written as that by the input.
fn gradients(site: &Site<'_>) -> [TokenStream; 2] {
    match site.in_place.is_some() {
        true => [
            channel_mut("d", "d_input", site.output),
            quote!(store_over(&mut d[at], part, delta)),
        ],
        false => {
            let d = channel("d", "d_output", site.output);
            let d_x = channel_mut("d_x", "d_input", site.output);
            [quote!(#d #d_x), quote!(store(&mut d_x[at], part, delta))]
        }
    }
}
