//! `selu`: `elu` with the scale at which means and variances stay as they are.
//!
//! # Formula
//!
//! `f(x) = λ · x` where `x > 0`, else `λ · α · (exp(x) − 1)`, with `λ ≈ 1.0507` and `α ≈ 1.6733`. Weights before it
//! begin with the variance `1 / fan_in`, for which these numbers were made.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = λ · d_output` where `x > 0`, else `λ · α · exp(x) · d_output`; at 0 that is `λ · α · d_output`.
//!
//! # Source
//!
//! G. Klambauer et al., *Self-Normalizing Neural Networks*, 2017, equation 2. PyTorch: `SELU`. Keras:
//! `Activation("selu")`. The paper's alpha dropout is no layer here.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Scaled: 2 -> selu -> 2 }
//!
//! let output = Scaled::new(1).predict(&[0.0, 1.0]);
//! assert_eq!(output[0], 0.0);
//! assert!((output[1] - 1.050_701).abs() < 1e-6);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "selu",
    doc: "`1.0507 x` where `x` is positive, else `1.7581 (exp(x) - 1)`",
    other_names: &["scaled_elu"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Selu)),
};

/// `λ` of the paper, for inputs of mean 0 and variance 1.
const SCALE: f64 = 1.050_700_987_355_480_5;
/// `α` of the paper.
const ALPHA: f64 = 1.673_263_242_354_377_2;

/// Scaled exponential linear units.
#[derive(Debug)]
pub(crate) struct Selu;

impl Elementwise for Selu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        let below = SCALE * ALPHA;
        quote! {{
            let positive = #x.mul(splat(simd, T::from_f64(#SCALE)));
            let negative = T::exp_m1(simd, #x).mul(splat(simd, T::from_f64(#below)));
            splat(simd, T::ZERO).select_greater(#x, negative, positive)
        }}
    }

    // Below zero `f′(x) = λ α e^x`, which is `y + λ α`.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        let below = SCALE * ALPHA;
        quote! {{
            let slope = #y.select_greater(
                splat(simd, T::ZERO),
                splat(simd, T::from_f64(#SCALE)),
                #y.add(splat(simd, T::from_f64(#below))),
            );
            #d.mul(slope)
        }}
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        format!("selu({x})")
    }

    fn follows(&self) -> Follows {
        Follows::SelfNormalizing
    }
}
