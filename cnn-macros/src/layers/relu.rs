//! `relu`: the larger of each element and zero.
//!
//! # Formula
//!
//! `f(x) = max(x, 0)`; NaN stays NaN.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output` where `x > 0`, else 0; so it is 0 at the kink.
//!
//! # Source
//!
//! K. Fukushima, *Neocognitron*, 1980; V. Nair, G. Hinton, *Rectified Linear Units Improve Restricted Boltzmann
//! Machines*, 2010. PyTorch: `ReLU`. Keras: `ReLU`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Positive: 3 -> relu -> 3 }
//!
//! assert_eq!(Positive::new(1).predict(&[-1.0, 0.0, 2.0]), [0.0, 0.0, 2.0]);
//! ```

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
        quote!(splat(simd, T::ZERO).max(#x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#y.select_greater(splat(simd, T::ZERO), #d, splat(simd, T::ZERO)))
    }

    fn clamps(&self) -> bool {
        true
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
