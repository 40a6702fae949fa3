//! `relu6`: each element, held between 0 and 6.
//!
//! # Formula
//!
//! `f(x) = min(max(x, 0), 6)`; NaN stays NaN.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output` where `0 < x < 6`, else 0; so it is 0 at both kinks.
//!
//! # Source
//!
//! A. Krizhevsky, *Convolutional Deep Belief Networks on CIFAR-10*, 2010; M. Sandler et al., *MobileNetV2*, 2018.
//! PyTorch: `ReLU6`. Keras: `ReLU(max_value=6)`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Held: 3 -> relu6 -> 3 }
//!
//! assert_eq!(Held::new(1).predict(&[-1.0, 2.0, 8.0]), [0.0, 2.0, 6.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Follows, Interval, Properties};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "relu6",
    doc: "each element, held between 0 and 6",
    other_names: &[],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Relu6)),
};

/// Each element, held between 0 and 6.
#[derive(Debug)]
pub(crate) struct Relu6;

impl Elementwise for Relu6 {
    // Written so that NaN stays NaN, as in `relu`.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(splat(simd, T::from_f64(6.0)).min(splat(simd, T::ZERO).max(#x)))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let zero = splat(simd, T::ZERO);
            let below = splat(simd, T::from_f64(6.0)).select_greater(#y, #d, zero);
            #y.select_greater(zero, below, zero)
        }}
    }

    fn clamps(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        format!("min(max({x}, 0), 6)")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }

    fn properties(&self) -> Properties {
        Properties {
            unchanged_on: Some(Interval::new(0.0, 6.0)),
            ..Properties::default()
        }
    }

    fn range(&self, input: Interval) -> Interval {
        input.map(|x| x.clamp(0.0, 6.0))
    }
}
