//! `relu`: the larger of each element and zero.

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
    word: "relu",
    doc: "the larger of each element and zero",
    other_names: &["rectifier"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Relu)),
};

/// The larger of each element and zero.
#[derive(Debug)]
pub(crate) struct Relu;

impl Layer for Relu {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            unchanged_on: Some(Interval::NOT_NEGATIVE),
            ..Properties::default()
        }
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0].map(|x| x.max(0.0))
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
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

impl Elementwise for Relu {
    // Written so that NaN stays NaN: divergence must not hide behind an activation.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(splat(simd, T::ZERO).select_greater(#x, splat(simd, T::ZERO), #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#y.select_greater(splat(simd, T::ZERO), #d, splat(simd, T::ZERO)))
    }

    fn formula(&self, x: &str) -> String {
        format!("max({x}, 0)")
    }
}
