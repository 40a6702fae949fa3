//! `pixel_shuffle`: channels become pixels.
//!
//! # Formula
//!
//! `output[c][y·r + i][x·r + j] = input[(c·r + i)·r + j][y][x]` with the factor `r`, for `i` and `j` below it.
//!
//! # Shapes
//!
//! Image `C x H x W` to `C/r² x H·r x W·r`; `C` is a multiple of `r²`.
//!
//! # Gradient
//!
//! `d_input[(c·r + i)·r + j][y][x] = d_output[c][y·r + i][x·r + j]`: every gradient goes back to where its
//! element came from.
//!
//! # Source
//!
//! W. Shi et al., *Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
//! Neural Network*, 2016, equation 4, in PyTorch's order of channels. PyTorch: `PixelShuffle`. TensorFlow:
//! `depth_to_space`, which has the `c` innermost.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Finer: 4x1x1 -> pixel_shuffle(2) -> 1x2x2 }
//!
//! assert_eq!(Finer::new(1).predict(&[1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Settings, Takes};
use super::{At, Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::Layout;
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "pixel_shuffle",
    doc: "channels as the pixels of an image that is `factor` times as high and wide",
    other_names: &["pixelshuffle", "depth_to_space", "subpixel"],
    has_window: false,
    takes: Rank::Image,
    gives: Rank::Image,
    options: &[OptionSpec {
        name: "factor",
        other_names: &["upscale_factor", "block_size", "scale"],
        takes: Takes::Count,
        presence: Presence::Required("2"),
        doc: "number of pixels that one becomes, in each direction",
    }],
    build,
};

/// The factor in both directions.
#[derive(Debug)]
pub(crate) struct PixelShuffle(usize);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(PixelShuffle(settings.count("factor"))))
}

impl PixelShuffle {
    /// Visits every element: `copy` is given its index in the input and in the output.
    fn over_elements(
        &self,
        site: &Site<'_>,
        copy: impl Fn(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let (input, output) = (site.inputs[0].sizes(), site.output.sizes());
        let (channels, height, width, r) = (output[0], input[1], input[2], self.0);
        let copy = match site.form.input {
            Layout::Channels => copy(
                quote!([y][x][(c * #r + i) * #r + j]),
                quote!([y * #r + i][x * #r + j][c]),
            ),
            Layout::Samples | Layout::Columns => copy(
                quote!([(c * #r + i) * #r + j][y][x]),
                quote!([c][y * #r + i][x * #r + j]),
            ),
        };
        quote! {
            for c in 0..#channels {
                for y in 0..#height {
                    for i in 0..#r {
                        for x in 0..#width {
                            for j in 0..#r {
                                #copy
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Layer for PixelShuffle {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let factor = self.0;
        let [channels, height, width] = inputs[0].image().expect("the layer takes images");
        let area = factor.saturating_mul(factor);
        if !channels.is_multiple_of(area) {
            let message =
                format!("{channels} channels are no multiple of {factor}x{factor} = {area}");
            return Err(Fault::at(At::Option("factor"), message)
                .note(format!("needs a multiple of {area} channels"))
                .help(format!(
                    "make the layer before it give a multiple of {area} channels"
                )));
        }
        Ok(inputs[0].resized([
            channels / area,
            height.saturating_mul(factor),
            width.saturating_mul(factor),
        ]))
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let purpose = match site.form.input {
            Layout::Samples => "forward",
            Layout::Channels | Layout::Columns => "single",
        };
        let r = self.0;
        Kernel {
            purpose,
            doc: vec![format!(
                "`output[c][y·{r}+i][x·{r}+j] = input[(c·{r}+i)·{r}+j][y][x]`"
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: self.over_elements(site, |from, to| quote!(output #to = input #from;)),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec!["Every gradient goes back to where its element came from.".to_owned()],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: self.over_elements(site, |from, to| quote!(d_input #from = d_output #to;)),
        }]
    }
}
