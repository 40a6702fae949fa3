//! The loops of batch normalization forward on blocks, samples in the lanes.
//!
//! What is reduced over a block is summed lane by lane first; only then lanes without a sample are
//! left out, so that they cost nothing per element.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{BatchNorm, channels};
use crate::kernel::{Argument, Kernel, Site, Tensor};
use crate::shape::Shape;

/// `let x = …;`, the elements of channel `c` of `array`, one after another.
pub(super) fn channel(name: &str, array: &str, shape: Shape) -> TokenStream {
    let (name, array) = (format_ident!("{name}"), format_ident!("{array}"));
    let elements = match shape.sizes().len() {
        1 => quote!(&#array[c..c + 1]),
        2 => quote!(#array[c].as_slice()),
        _ => quote!(#array[c].as_flattened()),
    };
    quote!(let #name = #elements;)
}

/// The same of an array to be written.
pub(super) fn channel_mut(name: &str, array: &str, shape: Shape) -> TokenStream {
    let (name, array) = (format_ident!("{name}"), format_ident!("{array}"));
    let elements = match shape.sizes().len() {
        1 => quote!(&mut #array[c..c + 1]),
        2 => quote!(#array[c].as_mut_slice()),
        _ => quote!(#array[c].as_flattened_mut()),
    };
    quote!(let #name = #elements;)
}

/// `1 / √(variance + ε)`, in every lane.
pub(super) fn inverse_deviation(variance: &TokenStream, epsilon: f64) -> TokenStream {
    quote! {
        splat(simd, T::ONE).div(splat(simd, #variance + T::from_f64(#epsilon)).sqrt())
    }
}

/// Mean and squared deviations of a block: two passes over a channel, which stays in cache.
pub(super) fn moments(shape: Shape) -> Kernel {
    let [channels, per_sample] = channels(shape);
    let x = channel("x", "input", shape);
    Kernel {
        purpose: "moments",
        doc: vec![
            "`block_moments[c]` is the mean of channel `c` over the samples of the block, and the \
             sum of squared distances from it."
                .to_owned(),
        ],
        arguments: vec![
            Tensor::Pass.read(),
            Tensor::Input(0).read(),
            Tensor::Partial(0).write(),
        ],
        items: TokenStream::new(),
        body: quote! {
            let present = pass.present();
            let share = T::from_f64(1.0 / (pass.samples * #per_sample) as f64);
            for c in 0..#channels {
                #x
                let [sum] = sums_by_lane::<T, S, _>(
                    simd, #per_sample,
                    #[inline(always)] |at, part, [sum]| [sum.add(load(simd, &x[at], part))],
                );
                let mean = sum_of_present(simd, &sum, &present) * share;
                let [squares] = sums_by_lane::<T, S, _>(
                    simd, #per_sample,
                    #[inline(always)] |at, part, [squares]| {
                        let distance = load(simd, &x[at], part).sub(splat(simd, mean));
                        [distance.mul_add(distance, squares)]
                    },
                );
                block_moments[c].0[0] = mean;
                block_moments[c].0[1] = sum_of_present(simd, &squares, &present);
            }
        },
    }
}

/// Normalizes by the moments of the batch.
pub(super) fn forward(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let (mean, variance) = (quote!(moments[0][c]), quote!(moments[1][c]));
    let source = [Tensor::Merged(0).read()];
    normalize(
        layer,
        site,
        &source,
        [mean, variance],
        "moments[0][c]",
        "moments[1][c]",
    )
}

/// Normalizes by the running statistics.
pub(super) fn infer(layer: &BatchNorm, site: &Site<'_>) -> Kernel {
    let (mean, variance) = (quote!(running_mean[c]), quote!(running_var[c]));
    let source = [Tensor::Statistic(0).read(), Tensor::Statistic(1).read()];
    normalize(
        layer,
        site,
        &source,
        [mean, variance],
        "running_mean[c]",
        "running_var[c]",
    )
}

fn normalize(
    layer: &BatchNorm,
    site: &Site<'_>,
    source: &[Argument],
    [mean, variance]: [TokenStream; 2],
    mean_name: &str,
    variance_name: &str,
) -> Kernel {
    let BatchNorm {
        epsilon, affine, ..
    } = *layer;
    let [channels, per_sample] = channels(site.output);
    let mut arguments = vec![Tensor::Input(0).read()];
    arguments.extend_from_slice(source);
    let deviation = inverse_deviation(&variance, epsilon);
    let (mut scale, mut shift) = (deviation, quote!(splat(simd, T::ZERO)));
    let mut formula = format!("(input[c] − {mean_name}) / √({variance_name} + {epsilon})");
    if affine {
        arguments.extend([Tensor::Parameter(0).read(), Tensor::Parameter(1).read()]);
        scale = quote!(#scale.mul(splat(simd, weight[c])));
        shift = quote!(splat(simd, bias[c]));
        formula = format!("weight[c] · {formula} + bias[c]");
    }
    arguments.push(Tensor::Output.write());
    let (x, y) = (
        channel("x", "input", site.output),
        channel_mut("y", "output", site.output),
    );
    let result = site.activate(quote!(normal));
    Kernel {
        purpose: if site.mode == crate::layout::Mode::Training {
            "forward"
        } else {
            "infer"
        },
        doc: vec![format!(
            "`output[c] = {}`",
            site.activated_formula(&formula)
        )],
        arguments,
        items: TokenStream::new(),
        body: quote! {
            for c in 0..#channels {
                #x
                #y
                let (scale, shift, mean) = (#scale, #shift, splat(simd, #mean));
                for at in 0..#per_sample {
                    for part in 0..parts::<T, S>() {
                        // The difference first: mean and input may be large and near each other.
                        let normal = load(simd, &x[at], part).sub(mean).mul_add(scale, shift);
                        store(&mut y[at], part, #result);
                    }
                }
            }
        },
    }
}
