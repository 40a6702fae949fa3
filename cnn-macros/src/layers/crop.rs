//! `crop`: an image without some rows and columns at its sides, or a signal without its ends.
//!
//! # Formula
//!
//! `output[c][y][x] = input[c][y + top][x + left]`
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `C x (H − top − bottom) x (W − left − right)` |
//! | signal `C x L` | `C x (L − before − after)` |
//!
//! One number is all sides, two are rows and columns; or by name, `(top = 1, left = 2)` and `(before = 1)`, where
//! what is left out is 0.
//!
//! # Gradient
//!
//! `d_input[c][y][x] = d_output[c][y − top][x − left]` where that is inside of the output, and 0 in the margin.
//!
//! # Source
//!
//! O. Ronneberger, P. Fischer, T. Brox, *U-Net*, 2015, where what skips is cropped. PyTorch: slices,
//! `x[:, :, top:-bottom, left:-right]`. Keras: `Cropping2D`, `Cropping1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Inner: 1x2x3 -> crop((top = 1, right = 1)) -> 1x1x2 }
//!
//! assert_eq!(Inner::new(1).predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [4.0, 5.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::margins::{self, Margins};
use super::options::{Kind, Rank, Settings};
use super::{At, Fault, Layer, pad};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "crop",
    doc: "an image without rows and columns at its sides, or a signal without its ends",
    other_names: &["cropping2d", "cropping1d", "center_crop", "trim"],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[margins::SIDES],
    build,
};

/// The margins that are left out.
#[derive(Debug)]
pub(crate) struct Crop(Margins);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Crop(Margins::read(settings))))
}

impl Layer for Crop {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [rows, columns] = self.0.extent();
        let input = inputs[0];
        let [channels, height, width] = input.image().expect("a layer with sides takes no vector");
        let lines = match input {
            Shape::Signal { .. } => "positions",
            Shape::Image { .. } | Shape::Flat(_) => "columns",
        };
        for (cropped, size, lines) in [(rows, height, "rows"), (columns, width, lines)] {
            if cropped >= size {
                let message = format!("{cropped} {lines} are cropped of an input with {size}");
                let help = format!("crop fewer than {size} {lines}, both sides together");
                return Err(Fault::at(At::Option("sides"), message)
                    .note(format!("leaves no {lines}"))
                    .help(help));
            }
        }
        Ok(input.resized([channels, height - rows, width - columns]))
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        pad::forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let purpose = match site.form.input {
            Layout::Samples => "forward",
            Layout::Channels | Layout::Columns => "single",
        };
        Kernel {
            purpose,
            doc: vec!["The input without its margins.".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: self
                .0
                .extract(site.output, site.form.input, ["input", "output"]),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let names = ["d_output", "d_input"];
        let copy = self.0.insert(site.output, Layout::Samples, names);
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec!["The gradient with zeros around it.".to_owned()],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                d_input.as_flattened_mut().as_flattened_mut().fill(Lanes::splat(T::ZERO));
                #copy
            },
        }]
    }
}
