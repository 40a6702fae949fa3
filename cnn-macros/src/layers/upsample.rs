//! `upsample`: an image, or a signal, whose sides are whole multiples of the input's.
//!
//! # Formula
//!
//! - `nearest`: `output[c][y][x] = input[c][⌊y / fy⌋][⌊x / fx⌋]` with the factors `fy`, `fx`
//! - `bilinear`: a mix of the two rows and two columns around the position `max((y + ½) / fy − ½, 0)`,
//!   `max((x + ½) / fx − ½, 0)` of the input, each with 1 minus its distance to it; beyond the last row and
//!   column stand these again
//!
//! # Shapes
//!
//! | input | output of `upsample<fy x fx>` |
//! |---|---|
//! | image `C x H x W` | `C x H·fy x W·fx` |
//! | signal `C x L` | `C x L·f`, of `upsample<f>` |
//!
//! # Gradient
//!
//! Every element receives the sum of `d_output` where it was repeated, or, if `bilinear`, times the share that it
//! had there.
//!
//! # Source
//!
//! The pixels' centres are aligned, not their corners: PyTorch's `Upsample(scale_factor=…)` with
//! `align_corners=False`, where `bilinear` of a signal is `mode="linear"`. Keras: `UpSampling2D`, `UpSampling1D`.
//! On a convolution behind it: A. Odena, V. Dumoulin, C. Olah, *Deconvolution and Checkerboard Artifacts*, 2016.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Repeated: 1x1x2 -> upsample<2x2> -> 1x2x4
//!     Mixed: 1x2 -> upsample<2>(mode = bilinear) -> 1x4
//! }
//!
//! let output = Repeated::new(1).predict(&[1.0, 5.0]);
//! assert_eq!(output, [1.0, 1.0, 5.0, 5.0, 1.0, 1.0, 5.0, 5.0]);
//! // At −¼ (which is 0), ¼, ¾ and 1¼ (which is 1).
//! assert_eq!(Mixed::new(1).predict(&[1.0, 5.0]), [1.0, 2.0, 4.0, 5.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::Layout;
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "upsample",
    doc: "an image or a signal that is larger by the whole factors in `<>`",
    other_names: &["upsampling2d", "upsampling1d", "interpolate", "resize"],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[OptionSpec {
        name: "mode",
        other_names: &["interpolation", "method"],
        takes: Takes::Word(&["nearest", "bilinear"]),
        presence: Presence::Default(Setting::Word("nearest")),
        doc: "whether elements are repeated or mixed; `bilinear` is linear on a signal",
    }],
    build,
};

/// Upsampling with its options.
#[derive(Debug)]
pub(crate) struct Upsample {
    /// Down, along.
    factors: [usize; 2],
    is_bilinear: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Upsample {
        factors: settings.window(),
        is_bilinear: settings.word("mode") == "bilinear",
    }))
}

impl Upsample {
    /// Visits every output position: `body` sees `y`, `x`, and where they come from. That is `row` and
    /// `column` of `nearest`; of `bilinear` two of each, `rows` and `columns`, with the shares `down`
    /// and `along` of the first and the second.
    fn over_positions(&self, site: &Site<'_>, body: &TokenStream) -> TokenStream {
        let sizes = site.output.sizes();
        let (oh, ow) = (sizes[1], sizes[2]);
        if !self.is_bilinear {
            let [fy, fx] = self.factors;
            return quote! {
                for y in 0..#oh {
                    for x in 0..#ow {
                        let (row, column) = (y / #fy, x / #fx);
                        #body
                    }
                }
            };
        }
        quote! {
            for y in 0..#oh {
                let (rows, down) = row_sources[y];
                for x in 0..#ow {
                    let (columns, along) = column_sources[x];
                    #body
                }
            }
        }
    }

    /// What stands before the loops of `bilinear`: the sources of all rows and of all columns.
    fn sources(&self, site: &Site<'_>) -> TokenStream {
        if !self.is_bilinear {
            return TokenStream::new();
        }
        let (from, to) = (site.inputs[0].sizes(), site.output.sizes());
        let table = |axis: usize| {
            let (input, output, factor) = (from[axis], to[axis], self.factors[axis - 1]);
            quote! {{
                let mut sources = [([0; 2], [T::ZERO; 2]); #output];
                for (position, source) in sources.iter_mut().enumerate() {
                    *source = between::<T>(position, #factor, #input);
                }
                sources
            }}
        };
        let (rows, columns) = (table(1), table(2));
        quote! {
            let row_sources = #rows;
            let column_sources = #columns;
        }
    }

    fn items(&self) -> TokenStream {
        if !self.is_bilinear {
            return TokenStream::new();
        }
        quote! {
            /// The two positions of `length` that an output position lies between, with their shares.
            fn between<T: Scalar>(position: usize, factor: usize, length: usize) -> ([usize; 2], [T; 2]) {
                let at = f64::max((position as f64 + 0.5) / factor as f64 - 0.5, 0.0);
                let first = at as usize;
                let second = at - first as f64;
                (
                    [first, usize::min(first + 1, length - 1)],
                    [T::from_f64(1.0 - second), T::from_f64(second)],
                )
            }
        }
    }

    fn doc(&self) -> String {
        match self.is_bilinear {
            true => "Each output mixes the four inputs around it by their distance.".to_owned(),
            false => {
                let [fy, fx] = self.factors;
                format!("`output[c][y][x] = input[c][⌊y/{fy}⌋][⌊x/{fx}⌋]`")
            }
        }
    }

    fn samples(&self, site: &Site<'_>) -> TokenStream {
        let body = match self.is_bilinear {
            false => quote!(output[y][x] = input[row][column];),
            true => quote! {
                for part in 0..parts::<T, S>() {
                    let mut sum = splat(simd, T::ZERO);
                    for (&row, &down) in zip(&rows, &down) {
                        for (&column, &along) in zip(&columns, &along) {
                            let share = splat(simd, down * along);
                            sum = load(simd, &input[row][column], part).mul_add(share, sum);
                        }
                    }
                    store(&mut output[y][x], part, sum);
                }
            },
        };
        let positions = self.over_positions(site, &body);
        quote! {
            for (output, input) in zip(output, input) {
                #positions
            }
        }
    }

    fn channels(&self, site: &Site<'_>) -> TokenStream {
        let channels = site.output.sizes()[0];
        let body = match self.is_bilinear {
            false => quote!(output[y][x] = input[row][column];),
            true => quote! {
                for v in 0..registers_of::<T, S>(#channels) {
                    let mut sum = splat(simd, T::ZERO);
                    for (&row, &down) in zip(&rows, &down) {
                        for (&column, &along) in zip(&columns, &along) {
                            let pixel = load_at(simd, &input[row][column], v * width::<T, S>());
                            sum = pixel.mul_add(splat(simd, down * along), sum);
                        }
                    }
                    store_at(&mut output[y][x], v * width::<T, S>(), sum);
                }
            },
        };
        self.over_positions(site, &body)
    }
}

impl Layer for Upsample {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [fy, fx] = self.factors;
        let [channels, height, width] = inputs[0]
            .image()
            .expect("a layer with a window takes no vector");
        Ok(inputs[0].resized([
            channels,
            height.saturating_mul(fy),
            width.saturating_mul(fx),
        ]))
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let sources = self.sources(site);
        let (purpose, loops) = match site.form.input {
            Layout::Samples => ("forward", self.samples(site)),
            Layout::Channels | Layout::Columns => ("single", self.channels(site)),
        };
        Kernel {
            purpose,
            doc: vec![self.doc()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: self.items(),
            body: quote!(#sources #loops),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let sources = self.sources(site);
        let receive = quote! {
            store(target, part, load(simd, target, part).add(received));
        };
        let body = match self.is_bilinear {
            false => quote! {
                let target = &mut d_input[row][column];
                for part in 0..parts::<T, S>() {
                    let received = load(simd, &d_output[y][x], part);
                    #receive
                }
            },
            true => quote! {
                for (&row, &down) in zip(&rows, &down) {
                    for (&column, &along) in zip(&columns, &along) {
                        let target = &mut d_input[row][column];
                        for part in 0..parts::<T, S>() {
                            let delta = load(simd, &d_output[y][x], part);
                            let received = delta.mul(splat(simd, down * along));
                            #receive
                        }
                    }
                }
            },
        };
        let positions = self.over_positions(site, &body);
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec!["Every input receives its share of the gradients made from it.".to_owned()],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: self.items(),
            body: quote! {
                #sources
                for (d_input, d_output) in zip(d_input, d_output) {
                    d_input.as_flattened_mut().fill(Lanes::splat(T::ZERO));
                    #positions
                }
            },
        }]
    }
}
