//! The loops of batch normalization on one sample: a scale and a shift of each channel, which the
//! packing makes of running statistics and parameters.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{BatchNorm, channels};
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layout::{Layout, padded};
use crate::shape::Shape;

/// How many scales and shifts there are: of a vector whose channels lie in the lanes, whole registers.
fn length(site: &Site<'_>) -> usize {
    let [channels, _] = channels(site.output);
    match site.form.output {
        Layout::Channels => padded(channels),
        Layout::Columns | Layout::Samples => channels,
    }
}

/// Where the scales and shifts stand, and under which names.
type Targets<'a> = [(Tensor, &'a str); 2];

/// The scales and shifts as the weights of the layer itself.
pub(super) fn packing(layer: &BatchNorm, site: &Site<'_>) -> Packing {
    let targets = [
        (Tensor::Packed(0), "packed_weight"),
        (Tensor::Packed(1), "packed_bias"),
    ];
    Packing {
        shapes: vec![vec![length(site)]; 2],
        kernel: scales_and_shifts(layer, channels(site.output)[0], targets),
    }
}

/// The scales and shifts for the layer before, which folds them into its own weights.
pub(super) fn affine(layer: &BatchNorm, channels: usize) -> Kernel {
    let targets = [(Tensor::Scale, "scale"), (Tensor::Shift, "shift")];
    scales_and_shifts(layer, channels, targets)
}

/// `scale = weight / √(running_var + ε)`, `shift = bias − running_mean · scale`.
fn scales_and_shifts(layer: &BatchNorm, channels: usize, targets: Targets<'_>) -> Kernel {
    let epsilon = layer.epsilon;
    let mut arguments = vec![Tensor::Statistic(0).read(), Tensor::Statistic(1).read()];
    let (mut weight, mut bias) = (quote!(1.0), quote!(0.0));
    if layer.affine {
        arguments.extend([Tensor::Parameter(0).read(), Tensor::Parameter(1).read()]);
        (weight, bias) = (quote!(weight[c].to_f64()), quote!(bias[c].to_f64()));
    }
    arguments.extend(targets.map(|(tensor, _)| tensor.write()));
    let [scale, shift] = targets.map(|(_, name)| name);
    let doc = format!(
        "`{scale}[c] = weight[c] / √(running_var[c] + ε)`, `{shift}[c] = bias[c] − \
         running_mean[c] · {scale}[c]`"
    );
    let [scale, shift] = [scale, shift].map(|name| format_ident!("{name}"));
    Kernel {
        purpose: "pack",
        doc: vec![doc],
        arguments,
        items: TokenStream::new(),
        body: quote! {
            for c in 0..#channels {
                let deviation = square_root(running_var[c].to_f64() + #epsilon);
                let factor = #weight / deviation;
                #scale[c] = T::from_f64(factor);
                #shift[c] = T::from_f64(#bias - running_mean[c].to_f64() * factor);
            }
        },
    }
}

/// `output[c] = packed_weight[c] · input[c] + packed_bias[c]`
pub(super) fn forward(layout: Layout, site: &Site<'_>) -> Kernel {
    let formula = site.activated_formula("packed_weight[c] · input[c] + packed_bias[c]");
    let body = match layout {
        Layout::Channels => in_channels(site),
        Layout::Columns | Layout::Samples => in_columns(site),
    };
    Kernel {
        purpose: "single",
        doc: vec![format!("`output[c] = {formula}`")],
        arguments: vec![
            Tensor::Input(0).read(),
            Tensor::Packed(0).read(),
            Tensor::Packed(1).read(),
            Tensor::Output.write(),
        ],
        items: TokenStream::new(),
        body,
    }
}

/// Channels in the lanes, pixel after pixel.
fn in_channels(site: &Site<'_>) -> TokenStream {
    let [channels, _] = channels(site.output);
    let result = site.activate(quote!(normal));
    let (pixels, pixels_mut) = match site.output {
        Shape::Flat(_) => (quote!([input]), quote!([output])),
        _ => (
            quote!(input.as_flattened()),
            quote!(output.as_flattened_mut()),
        ),
    };
    quote! {
        for (input, output) in zip(#pixels, #pixels_mut) {
            for v in 0..registers_of::<T, S>(#channels) {
                let first = v * width::<T, S>();
                let scale = load_at(simd, packed_weight, first);
                let normal = load_at(simd, input, first)
                    .mul_add(scale, load_at(simd, packed_bias, first));
                store_at(output, first, #result);
            }
        }
    }
}

/// Pixels in the lanes, channel after channel; the last register may overlap the one before it.
fn in_columns(site: &Site<'_>) -> TokenStream {
    let [channels, per_sample] = channels(site.output);
    let result = site.activate(quote!(normal));
    let (pixels, pixels_mut) = match site.output.sizes().len() {
        2 => (
            quote!(input[c].as_slice()),
            quote!(output[c].as_mut_slice()),
        ),
        _ => (
            quote!(input[c].as_flattened()),
            quote!(output[c].as_flattened_mut()),
        ),
    };
    quote! {
        for c in 0..#channels {
            let (input, output) = (#pixels, #pixels_mut);
            let (scale, shift) = (splat(simd, packed_weight[c]), splat(simd, packed_bias[c]));
            for v in 0..registers_of::<T, S>(#per_sample) {
                let first = usize::min(v * width::<T, S>(), #per_sample - width::<T, S>());
                let normal = load_at(simd, input, first).mul_add(scale, shift);
                store_at(output, first, #result);
            }
        }
    }
}
