//! `hard_swish`: each element times its hard sigmoid.
//!
//! # Formula
//!
//! `f(x) = x · min(max(x / 6 + 1/2, 0), 1)`
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · f′(x)` with `f′(x) = 0` below −3, 1 above 3, and `x / 3 + 1/2` between; at the kinks it is
//! `−1/2` and `3/2`, in PyTorch 2.15 it is 0 and 1.
//!
//! # Source
//!
//! A. Howard et al., *Searching for MobileNetV3*, 2019, section 5.2. PyTorch: `Hardswish`. Keras 3:
//! `Activation("hard_silu")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Straight: 3 -> hard_swish -> 3 }
//!
//! assert_eq!(Straight::new(1).predict(&[-4.0, 0.0, 4.0]), [0.0, 0.0, 4.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::{Elementwise, Reads};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "hard_swish",
    doc: "`x * hard_sigmoid(x)` of each element",
    other_names: &["hardswish", "h_swish", "hard_silu"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(HardSwish)),
};

/// Each element times its hard sigmoid.
#[derive(Debug)]
pub(crate) struct HardSwish;

impl Elementwise for HardSwish {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote! {{
            let (zero, one) = (splat(simd, T::ZERO), splat(simd, T::ONE));
            let line = #x.mul_add(
                splat(simd, T::from_f64(1.0 / 6.0)),
                splat(simd, T::from_f64(0.5)),
            );
            #x.mul(one.min(zero.max(line)))
        }}
    }

    // `x / 3 + ½` between −3 and 3
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let three = splat(simd, T::from_f64(3.0));
            let line = #x.mul_add(
                splat(simd, T::from_f64(1.0 / 3.0)),
                splat(simd, T::from_f64(0.5)),
            );
            let left = splat(simd, T::from_f64(-3.0)).select_greater(#x, splat(simd, T::ZERO), line);
            #d.mul(#x.select_greater(three, splat(simd, T::ONE), left))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} · min(max({x} / 6 + 1/2, 0), 1)")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
