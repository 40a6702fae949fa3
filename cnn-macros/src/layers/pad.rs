//! `pad`: rows and columns of one value around an image, or at the ends of a signal.
//!
//! # Formula
//!
//! `output[c][y][x] = input[c][y − top][x − left]` where that is inside of the input, and `value` elsewhere.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `C x (H + top + bottom) x (W + left + right)` |
//! | signal `C x L` | `C x (L + before + after)` |
//!
//! One number is all sides, two are rows and columns; or by name, `(top = 1, left = 2)` and `(before = 1)`, where
//! what is left out is 0.
//!
//! # Gradient
//!
//! `d_input[c][y][x] = d_output[c][y + top][x + left]`; the gradient of the margin is dropped.
//!
//! # Source
//!
//! PyTorch: `ZeroPad2d`, `ConstantPad2d`, `ConstantPad1d`, whose sides are in the order left, right, top, bottom.
//! Keras: `ZeroPadding2D`, `ZeroPadding1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Framed: 1x1x2 -> pad((left = 1, bottom = 1), value = 9) -> 1x2x3
//!     Causal: 4x100 -> pad((before = 2)) -> conv<3>(8) -> 8x100
//! }
//!
//! assert_eq!(Framed::new(1).predict(&[1.0, 2.0]), [9.0, 1.0, 2.0, 9.0, 9.0, 9.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::margins::{self, Margins};
use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode, registers};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "pad",
    doc: "rows and columns of one value around an image, or at the ends of a signal",
    other_names: &[
        "zeropad2d",
        "zeropad1d",
        "zeropadding2d",
        "zeropadding1d",
        "zero_pad",
        "constantpad2d",
        "constantpad1d",
    ],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[
        margins::SIDES,
        OptionSpec {
            name: "value",
            other_names: &["fill", "constant"],
            takes: Takes::Number,
            presence: Presence::Default(Setting::Number(0.0)),
            doc: "what stands there",
        },
    ],
    build,
};

/// Margins of one value.
#[derive(Debug)]
pub(crate) struct Pad {
    margins: Margins,
    value: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Pad {
        margins: Margins::read(settings),
        value: settings.number("value"),
    }))
}

/// A sample may lie either way.
pub(super) fn forms(output: Shape, mode: Mode) -> Vec<Form> {
    let mut forms = vec![Form::usual(mode, output)];
    if mode == Mode::Single {
        let sizes = output.sizes();
        let cost = (sizes[0] * sizes[1]) as u64 * registers(sizes[2]);
        forms.push(Form::keeping(Layout::Columns, cost));
    }
    forms
}

impl Layer for Pad {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [rows, columns] = self.margins.extent();
        let [channels, height, width] = inputs[0]
            .image()
            .expect("a layer with sides takes no vector");
        Ok(inputs[0].resized([channels, height + rows, width + columns]))
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let value = self.value;
        let (purpose, value) = match site.form.input {
            Layout::Samples => ("forward", quote!(Lanes::splat(T::from_f64(#value)))),
            Layout::Channels | Layout::Columns => ("single", quote!(T::from_f64(#value))),
        };
        let copy = self
            .margins
            .insert(site.inputs[0], site.form.input, ["input", "output"]);
        Kernel {
            purpose,
            doc: vec![format!("The input with {} around it.", self.value)],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote! {
                output.as_flattened_mut().as_flattened_mut().fill(#value);
                #copy
            },
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let names = ["d_output", "d_input"];
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec!["The gradient without its margins.".to_owned()],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: self.margins.extract(site.inputs[0], Layout::Samples, names),
        }]
    }
}
