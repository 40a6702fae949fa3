//! `avg_pool`: the mean of the elements under a window that slides over each channel.
//!
//! # Formula
//!
//! `output[c][y][x] = Σ input[c][y·s + ky − p][x·s + kx − p] / n` over all `ky`, `kx` that meet the input, with
//! the stride `s` and the padding `p`. `n` is the window's area; with `count_padding = false` it is the number of
//! elements that the window meets.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `C x H′ x W′` |
//! | signal `C x L` | `C x L′` |
//!
//! `H′ = ⌊(H + 2·padding − k) / s⌋ + 1`, and `W′`, `L′` likewise, with the window's size `k` in that direction.
//!
//! # Gradient
//!
//! Every element under a window receives `d_output / n` of it, and the sum from all windows that it is under.
//!
//! # Source
//!
//! Y. LeCun et al., *Gradient-Based Learning Applied to Document Recognition*, 1998, section II, there with a
//! learned factor and bias; V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016,
//! chapter 3. PyTorch: `AvgPool2d`, `AvgPool1d`, where `count_padding` is `count_include_pad`. Keras:
//! `AveragePooling2D`, `AveragePooling1D`, which never count padding.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Mean: 1x2x4 -> avg_pool<2x2> -> 1x1x2
//!     Corner: 1x2x2 -> avg_pool<2x2>(padding = 1, count_padding = false) -> 1x2x2
//! }
//!
//! let output = Mean::new(1).predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
//! assert_eq!(output, [3.5, 5.5]);
//! // Each window meets one element, which is the mean of itself.
//! assert_eq!(Corner::new(1).predict(&[1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::pooling::{self, Pooling};
use super::{Fault, Interval, Layer, Lint, Properties};
use crate::emit::lines::{Line, OfRegisters};
use crate::kernel::{Kernel, Scratch, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "avg_pool",
    doc: "the mean of the elements under each position of the window",
    other_names: &[
        "avgpool",
        "avgpool2d",
        "avg_pool2d",
        "average_pool",
        "mean_pool",
    ],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[
        pooling::STRIDE,
        pooling::PADDING,
        OptionSpec {
            name: "count_padding",
            other_names: &["count_include_pad"],
            takes: Takes::Switch,
            presence: Presence::Default(Setting::Switch(true)),
            doc: "whether padding counts as zeros in the mean",
        },
    ],
    build,
};

/// Average pooling with its options.
#[derive(Debug)]
pub(crate) struct AvgPool {
    pooling: Pooling,
    /// Whether a mean is over all of the window, or over what of it meets the input.
    count_padding: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(AvgPool {
        pooling: Pooling::read(settings)?,
        count_padding: settings.switch("count_padding"),
    }))
}

impl AvgPool {
    /// What a sum is divided by, of a window whose legal taps are `row_taps` and `column_taps`.
    fn area(&self) -> TokenStream {
        let [height, width] = self.pooling.window;
        if self.has_one_area() {
            let area = (height * width) as f64;
            return quote!(#area);
        }
        quote!((row_taps.len() * column_taps.len()) as f64)
    }

    /// Whether every sum is divided by the same number.
    fn has_one_area(&self) -> bool {
        self.count_padding || !self.pooling.is_padded()
    }

    /// What the documentation of the functions says of the divisor.
    fn divisor(&self) -> String {
        match self.count_padding {
            true => self.pooling.window.iter().product::<usize>().to_string(),
            false => "the number of inputs there".to_owned(),
        }
    }

    /// A block, samples in the lanes.
    fn samples(&self, site: &Site<'_>) -> Kernel {
        let pool = self.pooling.pool(site);
        let (area, divisor) = (self.area(), self.divisor());
        let taps = pool.over_taps(&quote! {
            sum = sum.add(load(simd, &input[c][row][column], part));
        });
        let windows = pool.over_windows(&quote! {
            let mut sum = splat(simd, T::ZERO);
            #taps
            store(&mut output[c][y][x], part, sum.mul(splat(simd, T::from_f64(1.0 / #area))));
        });
        Kernel {
            purpose: "forward",
            doc: vec![format!(
                "`output[c][y][x]` is the sum of the inputs under the window / {divisor}."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: windows,
        }
    }

    /// One sample, channels in the lanes.
    fn channels(&self, site: &Site<'_>) -> Kernel {
        let pool = self.pooling.pool(site);
        let (area, divisor) = (self.area(), self.divisor());
        let taps = pool.over_taps(&quote! {
            sum = sum.add(load_at(simd, &input[row][column], v * width::<T, S>()));
        });
        let windows = pool.over_windows_of_one(&quote! {
            let mut sum = splat(simd, T::ZERO);
            #taps
            store_at(&mut output[y][x], v * width::<T, S>(), sum.mul(splat(simd, T::from_f64(1.0 / #area))));
        });
        Kernel {
            purpose: "single",
            doc: vec![format!(
                "`output[y][x][c]` is the sum of the inputs under the window / {divisor}."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: windows,
        }
    }

    /// One sample, row by row.
    fn columns(&self, site: &Site<'_>) -> Kernel {
        let pool = self.pooling.pool(site);
        let (area, divisor) = (self.area(), self.divisor());
        let share = quote!(T::from_f64(1.0 / #area));
        let line = Line {
            start: quote!(T::ZERO),
            combine: &|a, b| quote!(#a + #b),
            finish: quote!(element * #share),
            registers: self.has_one_area().then(|| OfRegisters {
                combine: &|a, b| quote!(#a.add(#b)),
                finish: quote!(element.mul(splat(simd, #share))),
            }),
        };
        let loops = pool.over_lines_of_one(&line, site.form.output);
        Kernel {
            purpose: "single",
            doc: vec![format!(
                "`output[c][y][x]` is the sum of the inputs under the window / {divisor}."
            )],
            arguments: loops.arguments,
            items: loops.items,
            body: loops.body,
        }
    }
}

impl Layer for AvgPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.pooling.output(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            keeps_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0].with_zero()
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.pooling.lints(inputs[0])
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        self.pooling
            .forms(inputs[0], output, mode, self.has_one_area())
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.pooling.scratch(site, self.has_one_area())
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.input {
            Layout::Samples => self.samples(site),
            Layout::Channels => self.channels(site),
            Layout::Columns => self.columns(site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let pool = self.pooling.pool(site);
        let (area, divisor) = (self.area(), self.divisor());
        let [prepare, receive] = pool.receive();
        let taps = pool.over_taps(&quote! {
            let target = &mut d_input[c][row][column];
            #receive
        });
        let windows = pool.over_windows(&quote! {
            let share = splat(simd, T::from_f64(1.0 / #area));
            let received = load(simd, &d_output[c][y][x], part).mul(share);
            #taps
        });
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec![format!(
                "Every input under a window receives its gradient / {divisor}."
            )],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                #prepare
                #windows
            },
        }]
    }
}
