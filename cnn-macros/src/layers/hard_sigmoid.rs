//! `hard_sigmoid`: a sigmoid of straight lines.
//!
//! # Formula
//!
//! `f(x) = min(max(x / 6 + 1/2, 0), 1)`; NaN stays NaN.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output / 6` where `0 < f(x) < 1`, which is `−3 < x < 3`, else 0; so it is 0 at both kinks.
//!
//! # Source
//!
//! A. Howard et al., *Searching for MobileNetV3*, 2019, section 5.2. PyTorch: `Hardsigmoid`. Keras 3:
//! `Activation("hard_sigmoid")`; before version 3 its slope was 1/5.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Straight: 3 -> hard_sigmoid -> 3 }
//!
//! assert_eq!(Straight::new(1).predict(&[-4.0, 0.0, 4.0]), [0.0, 0.5, 1.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "hard_sigmoid",
    doc: "`x / 6 + 1/2`, held between 0 and 1",
    other_names: &["hardsigmoid"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(HardSigmoid)),
};

/// A sigmoid of straight lines.
#[derive(Debug)]
pub(crate) struct HardSigmoid;

impl Elementwise for HardSigmoid {
    // Written so that NaN stays NaN, as in `relu`.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote! {{
            let (zero, one) = (splat(simd, T::ZERO), splat(simd, T::ONE));
            let line = #x.mul_add(
                splat(simd, T::from_f64(1.0 / 6.0)),
                splat(simd, T::from_f64(0.5)),
            );
            let positive = zero.select_greater(line, zero, line);
            positive.select_greater(one, one, positive)
        }}
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let (zero, one) = (splat(simd, T::ZERO), splat(simd, T::ONE));
            let inside = #d.mul(splat(simd, T::from_f64(1.0 / 6.0)));
            #y.select_greater(zero, one.select_greater(#y, inside, zero), zero)
        }}
    }

    fn formula(&self, x: &str) -> String {
        format!("min(max({x} / 6 + 1/2, 0), 1)")
    }

    fn follows(&self) -> Follows {
        Follows::Saturating
    }
}
