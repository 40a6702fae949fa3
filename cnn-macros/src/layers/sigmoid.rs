//! `sigmoid`: `1 / (1 + exp(−x))` of each element.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Follows, Interval, Layer, Properties};
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "sigmoid",
    doc: "`1 / (1 + exp(-x))` of each element",
    other_names: &["logistic"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Sigmoid)),
};

/// `1 / (1 + exp(−x))` of each element.
#[derive(Debug)]
pub(crate) struct Sigmoid;

impl Layer for Sigmoid {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            makes_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0].map(|x| 1.0 / (1.0 + (-x).exp()))
    }

    fn follows(&self) -> Follows {
        Follows::Saturating
    }

    fn elementwise(&self) -> Option<&dyn Elementwise> {
        Some(self)
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        elementwise::forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        elementwise::forward(self, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![elementwise::backward(self, site)]
    }
}

impl Elementwise for Sigmoid {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(T::sigmoid(simd, #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#d.mul(#y.mul(splat(simd, T::ONE).sub(#y))))
    }

    fn formula(&self, x: &str) -> String {
        format!("sigmoid({x})")
    }
}
