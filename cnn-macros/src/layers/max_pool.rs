//! `max_pool`: the largest element under a window that slides over each channel.
//!
//! # Formula
//!
//! `output[c][y][x] = max input[c][y·s + ky − p][x·s + kx − p]` over all `ky`, `kx` that meet the input, with the
//! stride `s` and the padding `p`. Padding is never the largest.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `C x H′ x W′` |
//! | signal `C x L` | `C x L′` |
//!
//! `H′ = ⌊(H + 2·padding − k) / s⌋ + 1`, and `W′`, `L′` likewise, with the window's size `k` in that direction.
//! What is left over at the end is not read, of which `unread_rows` and `unread_columns` warn.
//!
//! # Gradient
//!
//! `d_input` of the first maximum of a window, row by row, receives the whole `d_output`; an element that is the
//! maximum of several windows receives the sum.
//!
//! # Ties and NaN
//!
//! The first maximum wins a tie, as in PyTorch. A NaN is larger than any number, so the output is NaN where the
//! window holds one. Where it holds several, the gradient goes to the first of them, in PyTorch to the last.
//!
//! # Source
//!
//! D. Scherer, A. Müller, S. Behnke, *Evaluation of Pooling Operations in Convolutional Architectures for Object
//! Recognition*, 2010; sizes: V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016,
//! chapter 3. PyTorch: `MaxPool2d`, `MaxPool1d`. Keras: `MaxPooling2D`, `MaxPooling1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Largest: 1x2x4 -> max_pool<2x2> -> 1x1x2
//!     Stem: 64x112x112 -> max_pool<3x3>(stride = 2, padding = 1) -> 64x56x56
//! }
//!
//! let output = Largest::new(1).predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
//! assert_eq!(output, [6.0, 8.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank, Settings};
use super::pooling::{self, Pooling};
use super::{Fault, Interval, Layer, Lint, Properties};
use crate::emit::lines::{Line, OfRegisters};
use crate::kernel::{Elementwise, Kernel, Scratch, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "max_pool",
    doc: "the largest element under each position of the window",
    other_names: &[
        "maxpool",
        "maxpool2d",
        "max_pool2d",
        "max_pooling2d",
        "pool",
    ],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: pooling::OPTIONS,
    build,
};

/// Max pooling with its options.
#[derive(Debug)]
pub(crate) struct MaxPool(pub(crate) Pooling);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(MaxPool(Pooling::read(settings)?)))
}

impl MaxPool {
    /// A block, samples in the lanes.
    fn samples(&self, site: &Site<'_>) -> Kernel {
        let pool = self.0.pool(site);
        let taps = pool.over_taps(&quote! {
            let x = load(simd, &input[c][row][column], part);
            largest = larger::<T, S>(largest, x);
        });
        let result = site.activate(quote!(largest));
        let formula = site.activated_formula("the largest input under the window");
        Kernel {
            purpose: "forward",
            doc: vec![format!(
                "`output[c][y][x]` is {formula}; NaN if one is NaN."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: pool.over_windows(&quote! {
                let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                #taps
                store(&mut output[c][y][x], part, #result);
            }),
        }
    }

    /// One sample, channels in the lanes.
    fn channels(&self, site: &Site<'_>) -> Kernel {
        let pool = self.0.pool(site);
        let taps = pool.over_taps(&quote! {
            let x = load_at(simd, &input[row][column], v * width::<T, S>());
            largest = larger::<T, S>(largest, x);
        });
        Kernel {
            purpose: "single",
            doc: vec![
                "`output[y][x][c]` is the largest input under the window; NaN if one is NaN."
                    .to_owned(),
            ],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: pool.over_windows_of_one(&quote! {
                let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                #taps
                store_at(&mut output[y][x], v * width::<T, S>(), largest);
            }),
        }
    }

    /// One sample, row by row.
    fn columns(&self, site: &Site<'_>) -> Kernel {
        let line = Line {
            start: quote!(T::from_f64(f64::NEG_INFINITY)),
            combine: &|a, b| quote!(larger_element(#a, #b)),
            finish: quote!(element),
            registers: Some(OfRegisters {
                combine: &|a, b| quote!(larger::<T, S>(#a, #b)),
                finish: quote!(element),
            }),
        };
        let loops = self.0.pool(site).over_lines_of_one(&line, site.form.output);
        Kernel {
            purpose: "single",
            doc: vec![
                "`output[c][y][x]` is the largest input under the window; NaN if one is NaN."
                    .to_owned(),
            ],
            arguments: loops.arguments,
            items: loops.items,
            body: loops.body,
        }
    }
}

impl Layer for MaxPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.0.output(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            keeps_probabilities: true,
            ..Properties::default()
        }
    }

    fn largest_of(&self) -> Option<[usize; 2]> {
        let Pooling {
            window,
            stride,
            padding,
        } = self.0;
        (window == stride && padding == [0; 2]).then_some(window)
    }

    fn takes_maximum(&self) -> bool {
        true
    }

    fn pulls_back(&self, _epilogue: &dyn Elementwise) -> bool {
        true
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0]
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.0.lints(inputs[0])
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        self.0.forms(inputs[0], output, mode, true)
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.0.scratch(site, true)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.input {
            Layout::Samples => self.samples(site),
            Layout::Channels => self.channels(site),
            Layout::Columns => self.columns(site),
        }
    }

    /// The first maximum of a window takes the whole gradient, as in PyTorch.
    ///
    /// Where a fused activation has clamped, the gradient is zero, whichever element the output equals.
    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let pool = self.0.pool(site);
        let [prepare, receive] = pool.receive();
        let taps = pool.over_taps(&quote! {
            let candidate = load(simd, &input[c][row][column], part);
            let target = &mut d_input[c][row][column];
            let received = select_maximum::<T, S>(candidate, largest, remaining, none);
            remaining = select_maximum::<T, S>(candidate, largest, none, remaining);
            #receive
        });
        let delta = quote!(load(simd, &d_output[c][y][x], part));
        let delta = match site.epilogue {
            Some(epilogue) => epilogue.pull_back(quote!(largest), delta),
            None => delta,
        };
        let windows = pool.over_windows(&quote! {
            let largest = load(simd, &output[c][y][x], part);
            let mut remaining = #delta;
            #taps
        });
        let mut doc =
            vec!["The first maximum of each window receives the window's gradient.".to_owned()];
        doc.extend(site.epilogue.map(|f| {
            let f = f.formula("x");
            format!("That is `d_output` times `f′`, where `f(x)` is `{f}`.")
        }));
        vec![Kernel {
            purpose: "input_gradient",
            doc,
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Output.read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let none = splat(simd, T::ZERO);
                #prepare
                #windows
            },
        }]
    }
}
