//! `reshape`: the same elements in another shape.
//!
//! # Formula
//!
//! The element at the place `k` of the output, counted row by row, is that at the place `k` of the input:
//! channels outermost, columns innermost.
//!
//! # Shapes
//!
//! Any shape to any shape with as many elements: an image `4x3x3`, a signal `4x9`, a vector `36`.
//!
//! # Gradient
//!
//! `d_input` is `d_output` in the input's shape. On a batch both are the same memory, and nothing is computed.
//!
//! # Source
//!
//! PyTorch: `view`, `reshape`, `Unflatten`, in the same order. Keras: `Reshape`, whose channels are innermost.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Generator: 16 -> dense(36) -> relu -> reshape(4x3x3) -> transposed_conv<2x2>(1, stride = 2) -> 1x6x6
//!     Same: 2x3 -> reshape(3x2) -> 3x2
//! }
//!
//! let output = Same::new(1).predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
//! assert_eq!(output, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Settings, Takes};
use super::{At, Change, Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Mode, registers};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "reshape",
    doc: "the same elements as an image `4x3x3`, a signal `4x9` or a vector `36`, in the same order",
    other_names: &["view", "unflatten"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Stated,
    options: &[OptionSpec {
        name: "shape",
        other_names: &["target_shape", "size", "sizes"],
        takes: Takes::Shape,
        presence: Presence::Required("4x3x3"),
        doc: "shape of the output",
    }],
    build,
};

/// The shape of the output.
#[derive(Debug)]
pub(crate) struct Reshape(Shape);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Reshape(settings.shape("shape"))))
}

impl Reshape {
    /// The shape with as many elements as the input, if a number of channels makes it so.
    fn fitting(&self, elements: usize) -> Option<Shape> {
        let Some([_, height, width]) = self.0.image() else {
            return Some(Shape::Flat(elements));
        };
        let area = height * width;
        let fits = elements.is_multiple_of(area);
        fits.then(|| self.0.resized([elements / area, height, width]))
    }
}

impl Layer for Reshape {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let (wanted, elements) = (self.0, inputs[0].elements());
        if wanted.elements() == elements {
            return Ok(wanted);
        }
        let message = format!(
            "`{wanted}` has {} elements, the input {} has {elements}",
            wanted.elements(),
            inputs[0]
        );
        let fault =
            Fault::at(At::Option("shape"), message).note(format!("needs {elements} elements"));
        Err(match self.fitting(elements) {
            Some(shape) => fault.change(Change::Option("shape", shape.to_string())),
            None => fault.help(format!("the sizes multiply to {elements}")),
        })
    }

    fn constant_output(&self) -> Option<Shape> {
        Some(self.0)
    }

    fn fit(&self, input: Option<Shape>, wanted: Shape) -> Option<Change> {
        let fits = input?.checked_elements() == wanted.checked_elements();
        fits.then(|| Change::Option("shape", wanted.to_string()))
    }

    fn is_view(&self) -> bool {
        true
    }

    /// The elements of one sample are in order where it lies as it comes from outside.
    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        vec![Form {
            input: mode.outside(inputs[0]),
            output: mode.outside(output),
            cost: registers(output.elements()),
        }]
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let elements = site.output.elements();
        let from = match site.inputs[0].image() {
            Some(_) => quote!(input.as_flattened().as_flattened()),
            None => quote!(input[..#elements]),
        };
        let to = match site.output.image() {
            Some(_) => quote!(output.as_flattened_mut().as_flattened_mut()),
            None => quote!(output[..#elements]),
        };
        Kernel {
            purpose: "single",
            doc: vec!["The elements in the same order.".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote!(#to.copy_from_slice(&#from);),
        }
    }

    fn backward(&self, _site: &Site<'_>) -> Vec<Kernel> {
        unreachable!("a block's view has no function of its own")
    }
}
