//! `adaptive_avg_pool`: means over windows that make the output a given size.
//!
//! # Formula
//!
//! `output[c][y][x]` is the mean of the input's rows `⌊y·H / h⌋ .. ⌈(y + 1)·H / h⌉` and columns
//! `⌊x·W / w⌋ .. ⌈(x + 1)·W / w⌉` in channel `c`, for an output of `h` by `w`. Windows overlap where the sizes do
//! not divide each other.
//!
//! # Shapes
//!
//! | input | output of `adaptive_avg_pool<h x w>` |
//! |---|---|
//! | image `C x H x W` | `C x h x w` |
//! | signal `C x L` | `C x l`, of `adaptive_avg_pool<l>` |
//!
//! The output may be larger than the input.
//!
//! # Gradient
//!
//! Every element under a window receives `d_output / n` of it, with the window's number of elements `n`, and the
//! sum from all windows that it is under.
//!
//! # Source
//!
//! The last pool of spatial pyramids: K. He et al., *Spatial Pyramid Pooling in Deep Convolutional Networks for
//! Visual Recognition*, 2014, section 2.2, with PyTorch's windows. PyTorch: `AdaptiveAvgPool2d`,
//! `AdaptiveAvgPool1d`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Overlap: 1x3 -> adaptive_avg_pool<2> -> 1x2
//!     Head: 512x14x14 -> adaptive_avg_pool<7x7> -> 512x7x7
//! }
//!
//! // The middle element is in both windows.
//! assert_eq!(Overlap::new(1).predict(&[1.0, 3.0, 5.0]), [2.0, 4.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "adaptive_avg_pool",
    doc: "means over windows of a size that makes the output as large as stands in `<>`",
    other_names: &[
        "adaptiveavgpool2d",
        "adaptiveavgpool1d",
        "adaptive_avg_pool2d",
        "adaptive_average_pool",
    ],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[],
    build,
};

/// The size of the output: height, width.
#[derive(Debug)]
pub(crate) struct AdaptiveAvgPool([usize; 2]);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(AdaptiveAvgPool(settings.window())))
}

/// The loops over channels `c`, and windows `rows` by `columns` at `y`, `x`.
fn over_windows(site: &Site<'_>, body: &TokenStream) -> TokenStream {
    let (from, to) = (site.inputs[0].sizes(), site.output.sizes());
    let range = |position: TokenStream, axis: usize| {
        let (input, output) = (from[axis], to[axis]);
        quote!(#position * #input / #output..usize::div_ceil((#position + 1) * #input, #output))
    };
    let (rows, columns) = (range(quote!(y), 1), range(quote!(x), 2));
    let (oh, ow) = (to[1], to[2]);
    quote! {
        for y in 0..#oh {
            let rows = #rows;
            for x in 0..#ow {
                let columns = #columns;
                let share = splat(simd, T::from_f64(1.0 / (rows.len() * columns.len()) as f64));
                #body
            }
        }
    }
}

fn samples(site: &Site<'_>) -> TokenStream {
    let windows = over_windows(
        site,
        &quote! {
            for part in 0..parts::<T, S>() {
                let mut sum = splat(simd, T::ZERO);
                for row in &input[rows.clone()] {
                    for pixel in &row[columns.clone()] {
                        sum = sum.add(load(simd, pixel, part));
                    }
                }
                store(&mut output[y][x], part, sum.mul(share));
            }
        },
    );
    quote! {
        for (output, input) in zip(output, input) {
            #windows
        }
    }
}

fn channels(site: &Site<'_>) -> TokenStream {
    let channels = site.output.sizes()[0];
    over_windows(
        site,
        &quote! {
            for v in 0..registers_of::<T, S>(#channels) {
                let mut sum = splat(simd, T::ZERO);
                for row in &input[rows.clone()] {
                    for pixel in &row[columns.clone()] {
                        sum = sum.add(load_at(simd, pixel, v * width::<T, S>()));
                    }
                }
                store_at(&mut output[y][x], v * width::<T, S>(), sum.mul(share));
            }
        },
    )
}

impl Layer for AdaptiveAvgPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [height, width] = self.0;
        Ok(inputs[0].resized([inputs[0].sizes()[0], height, width]))
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut form = Form::usual(mode, output);
        form.cost *= inputs[0].elements().div_ceil(output.elements()) as u64;
        vec![form]
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let (purpose, loops) = match site.form.input {
            Layout::Samples => ("forward", samples(site)),
            Layout::Channels | Layout::Columns => ("single", channels(site)),
        };
        Kernel {
            purpose,
            doc: vec!["Each output is the mean of the inputs under its window.".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: loops,
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let windows = over_windows(
            site,
            &quote! {
                for part in 0..parts::<T, S>() {
                    let received = load(simd, &d_output[y][x], part).mul(share);
                    for row in &mut d_input[rows.clone()] {
                        for target in &mut row[columns.clone()] {
                            store(target, part, load(simd, target, part).add(received));
                        }
                    }
                }
            },
        );
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec!["Every input under a window receives its share of the gradient.".to_owned()],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                for (d_input, d_output) in zip(d_input, d_output) {
                    d_input.as_flattened_mut().fill(Lanes::splat(T::ZERO));
                    #windows
                }
            },
        }]
    }
}
