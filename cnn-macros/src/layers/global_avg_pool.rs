//! `global_avg_pool`: the mean of each channel.
//!
//! # Formula
//!
//! `output[c] = Σ input[c][y][x] / (H · W)`
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | vector `C` |
//! | signal `C x L` | vector `C` |
//!
//! # Gradient
//!
//! `d_input[c][y][x] = d_output[c] / (H · W)`
//!
//! # Source
//!
//! M. Lin, Q. Chen, S. Yan, *Network In Network*, 2014, section 3.2. PyTorch: `AdaptiveAvgPool2d(1)` and
//! `Flatten()`. Keras: `GlobalAveragePooling2D`, `GlobalAveragePooling1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Mean: 2x2x2 -> global_avg_pool -> 2 }
//!
//! let output = Mean::new(1).predict(&[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]);
//! assert_eq!(output, [2.5, 25.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Layer, global_pooling};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "global_avg_pool",
    doc: "the mean of each channel, as a vector",
    other_names: &[
        "globalaveragepooling2d",
        "globalaveragepooling1d",
        "global_average_pool",
        "global_mean_pool",
        "gap",
    ],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Flat,
    options: &[],
    build: |_| Ok(Box::new(GlobalAvgPool)),
};

/// The mean of each channel.
#[derive(Debug)]
pub(crate) struct GlobalAvgPool;

impl Layer for GlobalAvgPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(inputs[0].sizes()[0]))
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        global_pooling::forms(inputs[0], output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let (purpose, loops) = match site.form.input {
            Layout::Samples => ("forward", samples(site)),
            Layout::Channels => ("single", channels(site)),
            Layout::Columns => ("single", columns(site)),
        };
        let area = area(site);
        Kernel {
            purpose,
            doc: vec![format!(
                "`output[c] = Σ_y Σ_x input / {area}`, over all positions of the channel."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: loops,
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let area = area(site);
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec![format!(
                "Every position receives 1/{area} of its channel's gradient."
            )],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let share = splat(simd, T::from_f64(1.0 / #area));
                for (pixels, delta) in zip(d_input, d_output) {
                    for part in 0..parts::<T, S>() {
                        let received = load(simd, delta, part).mul(share);
                        for pixel in pixels.as_flattened_mut() {
                            store(pixel, part, received);
                        }
                    }
                }
            },
        }]
    }
}

/// How many positions a channel has.
fn area(site: &Site<'_>) -> f64 {
    (site.inputs[0].elements() / site.output.elements()) as f64
}

fn samples(site: &Site<'_>) -> TokenStream {
    let area = area(site);
    quote! {
        let share = splat(simd, T::from_f64(1.0 / #area));
        for (output, pixels) in zip(output, input) {
            for part in 0..parts::<T, S>() {
                let mut sum = splat(simd, T::ZERO);
                for pixel in pixels.as_flattened() {
                    sum = sum.add(load(simd, pixel, part));
                }
                store(output, part, sum.mul(share));
            }
        }
    }
}

fn channels(site: &Site<'_>) -> TokenStream {
    let (channels, area) = (site.output.elements(), area(site));
    quote! {
        let share = splat(simd, T::from_f64(1.0 / #area));
        for v in 0..registers_of::<T, S>(#channels) {
            let mut sum = splat(simd, T::ZERO);
            for pixel in input.as_flattened() {
                sum = sum.add(load_at(simd, pixel, v * width::<T, S>()));
            }
            store_at(output, v * width::<T, S>(), sum.mul(share));
        }
    }
}

/// Whole registers of neighbouring positions, then the positions that are left.
fn columns(site: &Site<'_>) -> TokenStream {
    let area = area(site);
    quote! {
        for (output, pixels) in zip(output, input) {
            let pixels = pixels.as_flattened();
            let whole = pixels.len() / width::<T, S>();
            let mut sums = splat(simd, T::ZERO);
            for v in 0..whole {
                sums = sums.add(load_at(simd, pixels, v * width::<T, S>()));
            }
            let mut sum = sums.sum();
            for pixel in &pixels[whole * width::<T, S>()..] {
                sum += *pixel;
            }
            *output = sum * T::from_f64(1.0 / #area);
        }
    }
}
