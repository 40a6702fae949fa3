//! `tanh`: the hyperbolic tangent of each element.
//!
//! # Formula
//!
//! `f(x) = (exp(x) − exp(−x)) / (exp(x) + exp(−x))`
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · (1 − output²)`
//!
//! # Source
//!
//! Y. LeCun et al., *Efficient BackProp*, 1998, section 4.4, there stretched. PyTorch: `Tanh`. Keras:
//! `Activation("tanh")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Bent: 2 -> tanh -> 2 }
//!
//! let output = Bent::new(1).predict(&[0.0, 1.0]);
//! assert_eq!(output[0], 0.0);
//! assert!((output[1] - 0.761_594).abs() < 1e-6);
//! ```

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

    fn is_long(&self) -> bool {
        true
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
