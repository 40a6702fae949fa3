//! `global_max_pool`: the largest element of each channel.
//!
//! # Formula
//!
//! `output[c] = max input[c][y][x]` over all `y`, `x`
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
//! `d_input` of the first maximum of a channel, row by row, is `d_output[c]`; that of all others is 0.
//!
//! # Ties and NaN
//!
//! As under the windows of [`max_pool`]: the first maximum wins, and a NaN is larger than any number.
//!
//! # Source
//!
//! M. Oquab et al., *Is object localization for free?*, 2015. PyTorch: `AdaptiveMaxPool2d(1)` and `Flatten()`.
//! Keras: `GlobalMaxPooling2D`, `GlobalMaxPooling1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Largest: 2x2x2 -> global_max_pool -> 2 }
//!
//! let output = Largest::new(1).predict(&[1.0, 2.0, 4.0, 3.0, -1.0, -2.0, -3.0, -4.0]);
//! assert_eq!(output, [4.0, -1.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Layer, global_pooling};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode, WIDEST};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "global_max_pool",
    doc: "the largest element of each channel, as a vector",
    other_names: &[
        "globalmaxpooling2d",
        "globalmaxpooling1d",
        "globalmaxpool",
        "gmp",
    ],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Flat,
    options: &[],
    build: |_| Ok(Box::new(GlobalMaxPool)),
};

/// The largest element of each channel.
#[derive(Debug)]
pub(crate) struct GlobalMaxPool;

impl Layer for GlobalMaxPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(inputs[0].sizes()[0]))
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        global_pooling::forms(inputs[0], output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let (purpose, loops) = match site.form.input {
            Layout::Samples => ("forward", samples()),
            Layout::Channels => ("single", channels(site)),
            Layout::Columns => ("single", columns()),
        };
        Kernel {
            purpose,
            doc: vec![
                "`output[c]` is the largest input of the channel; NaN if one is NaN.".to_owned(),
            ],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote! {
                let least = T::from_f64(f64::NEG_INFINITY);
                #loops
            },
        }
    }

    /// As under the windows of `max_pool`.
    fn backward(&self, _site: &Site<'_>) -> Vec<Kernel> {
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec![
                "The first maximum of each channel receives the channel's gradient.".to_owned(),
            ],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Output.read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let none = splat(simd, T::ZERO);
                for c in 0..output.len() {
                    for part in 0..parts::<T, S>() {
                        let largest = load(simd, &output[c], part);
                        let mut remaining = load(simd, &d_output[c], part);
                        let pixels = input[c].as_flattened();
                        for (target, pixel) in zip(d_input[c].as_flattened_mut(), pixels) {
                            let candidate = load(simd, pixel, part);
                            let received = select_maximum::<T, S>(candidate, largest, remaining, none);
                            remaining = select_maximum::<T, S>(candidate, largest, none, remaining);
                            store(target, part, received);
                        }
                    }
                }
            },
        }]
    }
}

fn samples() -> TokenStream {
    quote! {
        for (output, pixels) in zip(output, input) {
            for part in 0..parts::<T, S>() {
                let mut largest = splat(simd, least);
                for pixel in pixels.as_flattened() {
                    largest = larger::<T, S>(largest, load(simd, pixel, part));
                }
                store(output, part, largest);
            }
        }
    }
}

fn channels(site: &Site<'_>) -> TokenStream {
    let channels = site.output.elements();
    quote! {
        for v in 0..registers_of::<T, S>(#channels) {
            let mut largest = splat(simd, least);
            for pixel in input.as_flattened() {
                largest = larger::<T, S>(largest, load_at(simd, pixel, v * width::<T, S>()));
            }
            store_at(output, v * width::<T, S>(), largest);
        }
    }
}

/// Whole registers of neighbouring positions, then the lanes and the positions that are left.
fn columns() -> TokenStream {
    quote! {
        for (output, pixels) in zip(output, input) {
            let pixels = pixels.as_flattened();
            let whole = pixels.len() / width::<T, S>();
            let mut largest = splat(simd, least);
            for v in 0..whole {
                largest = larger::<T, S>(largest, load_at(simd, pixels, v * width::<T, S>()));
            }
            let mut lanes = [least; #WIDEST];
            store_at(&mut lanes, 0, largest);
            let mut element = least;
            for candidate in lanes.iter().chain(&pixels[whole * width::<T, S>()..]) {
                element = larger_element(element, *candidate);
            }
            *output = element;
        }
    }
}
