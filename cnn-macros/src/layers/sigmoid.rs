//! `sigmoid`: `1 / (1 + exp(−x))` of each element.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Follows, Interval, Properties};
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

    fn properties(&self) -> Properties {
        Properties {
            makes_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, input: Interval) -> Interval {
        input.map(|x| 1.0 / (1.0 + (-x).exp()))
    }
}
