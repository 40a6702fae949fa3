//! `tanh`: the hyperbolic tangent of each element.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Follows, Interval, Layer};
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "tanh",
    doc: "the hyperbolic tangent of each element",
    other_names: &["hyperbolic_tangent"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Tanh)),
};

/// The hyperbolic tangent of each element.
#[derive(Debug)]
pub(crate) struct Tanh;

impl Layer for Tanh {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0].map(f64::tanh)
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

impl Elementwise for Tanh {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(T::tanh(simd, #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#d.mul(splat(simd, T::ONE).sub(#y.mul(#y))))
    }

    fn formula(&self, x: &str) -> String {
        format!("tanh({x})")
    }
}
