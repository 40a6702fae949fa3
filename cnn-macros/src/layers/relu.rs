//! `relu`: the larger of each element and zero.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Follows, Interval, Properties};
use crate::kernel::Elementwise;

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

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }

    fn properties(&self) -> Properties {
        Properties {
            unchanged_on: Some(Interval::NOT_NEGATIVE),
            ..Properties::default()
        }
    }

    fn range(&self, input: Interval) -> Interval {
        input.map(|x| x.max(0.0))
    }
}
