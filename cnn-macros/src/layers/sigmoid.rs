//! `sigmoid`: `1 / (1 + exp(−x))` of each element.

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::Elementwise;

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

    fn follows(&self) -> Follows {
        Follows::Saturating
    }
}
