//! `sigmoid`: `1 / (1 + exp(−x))` of each element.
//!
//! # Formula
//!
//! `f(x) = 1 / (1 + exp(−x))`
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · output · (1 − output)`
//!
//! An output below 1.4·10⁻²⁰ in `f32` ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) counts as zero there, since
//! its products would become denormal, with which most processors compute many times slower.
//!
//! # Source
//!
//! D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, 1986, equation 2.
//! PyTorch: `Sigmoid`. Keras: `Activation("sigmoid")`. For labels that are no classes, end with logits and train with
//! [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy), which has the sigmoid in it.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Odds: 2 -> sigmoid -> 2 }
//!
//! let output = Odds::new(1).predict(&[0.0, 2.0]);
//! assert_eq!(output[0], 0.5);
//! assert!((output[1] - 0.880_797).abs() < 1e-6);
//! ```

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

/// The logistic function of each element.
#[derive(Debug)]
pub(crate) struct Sigmoid;

impl Elementwise for Sigmoid {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(T::sigmoid(simd, #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let y = unless_negligible::<T, S>(simd, #y);
            #d.mul(y.mul(splat(simd, T::ONE).sub(y)))
        }}
    }

    fn is_long(&self) -> bool {
        true
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
