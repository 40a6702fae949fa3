//! `tanh`: the hyperbolic tangent of each element.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Follows, Interval};
use crate::kernel::Elementwise;

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

    fn follows(&self) -> Follows {
        Follows::Saturating
    }

    fn range(&self, input: Interval) -> Interval {
        input.map(f64::tanh)
    }
}
