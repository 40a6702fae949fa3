//! `add`: the sum of the outputs of several branches; `residual` is made of it.
//!
//! # Formula
//!
//! `output = Σ_k input_k`, element by element, over the outputs of all chains.
//!
//! # Shapes
//!
//! All chains give the same shape, which is the output's.
//!
//! # Gradient
//!
//! `d_input_k = d_output` for every chain.
//!
//! # Source
//!
//! K. He et al., *Deep Residual Learning for Image Recognition*, 2016, equation 1. PyTorch: `a + b`. Keras: `Add`.
//! `residual(chain)` is `add(chain, identity)`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Tripled: 2 -> add(identity, identity, identity) -> 2
//!     Residual: 8x6x6 -> residual(conv<3x3>(8, padding = same)) -> relu -> 8x6x6
//! }
//!
//! assert_eq!(Tripled::new(1).predict(&[1.0, 2.0]), [3.0, 6.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::branches::{self, BRANCHES};
use super::options::{Kind, Rank};
use super::sliding::short;
use super::{At, Fault, Layer};
use crate::emit::elementwise;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "add",
    doc: "the sum of the outputs of several chains, element by element",
    other_names: &["sum", "plus"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: BRANCHES,
    build: |_| Ok(Box::new(Add)),
};

/// The sum of its inputs.
#[derive(Debug)]
pub(crate) struct Add;

impl Layer for Add {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        match branches::first_other(inputs) {
            None => Ok(inputs[0]),
            Some(other) => Err(unequal(inputs[0], other)),
        }
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn updates_gradient(&self) -> bool {
        true
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        elementwise::trained_forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let sum = (0..site.inputs.len())
            .map(elementwise::operand)
            .reduce(|sum, next| quote!(#sum.add(#next)))
            .expect("a sum has branches");
        elementwise::of_many(site, &site.activate(sum), "Σ_k input_k")
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let copy = |k| Kernel {
            purpose: "input_gradient",
            doc: vec![
                "`d_input = d_output`: a sum hands its gradient on to every branch.".to_owned(),
            ],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(k).write(),
            ],
            items: TokenStream::new(),
            body: quote! { *d_input = *d_output; },
        };
        let copied = (0..site.inputs.len()).filter(|k| site.in_place != Some(*k));
        copied.map(copy).collect()
    }
}

/// Why two branches cannot be added, and what would make them fit where that can be told.
fn unequal(one: Shape, other: Shape) -> Fault {
    let message = format!("branches of different shapes cannot be added: {one} and {other}");
    let fault = Fault::at(At::Layer, message).note(format!("adds {one} and {other}"));
    let (Some([channels, to @ ..]), Some([_, from @ ..])) = (one.image(), other.image()) else {
        return fault.help(format!("let every branch end with {one}"));
    };
    let stride = [0, 1].map(|axis| from[axis].div_ceil(to[axis]));
    if [0, 1].map(|axis| from[axis].div_ceil(stride[axis])) == to {
        let layer = point_convolution(one, channels, stride);
        return fault.help(format!(
            "let the branch of {other}, or the `shortcut` of a `residual`, end with `{layer}`"
        ));
    }
    let has_no_stride = (0..2).all(|axis| to[axis] > from[axis].div_ceil(2));
    fault.help(match has_no_stride {
        true => "`padding = same` keeps the height and width of a branch".to_owned(),
        false => format!("let every branch end with {one}"),
    })
}

/// A convolution of one tap, written for the shape that it gives.
fn point_convolution(to: Shape, channels: usize, stride: [usize; 2]) -> String {
    let (window, stride) = match to {
        Shape::Signal { .. } => ("1", stride[1].to_string()),
        Shape::Image { .. } | Shape::Flat(_) => ("1x1", short(stride)),
    };
    match stride.as_str() {
        "1" => format!("conv<{window}>({channels})"),
        _ => format!("conv<{window}>({channels}, stride = {stride})"),
    }
}
