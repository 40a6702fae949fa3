//! `mish`: each element times the hyperbolic tangent of its softplus.
//!
//! # Formula
//!
//! `f(x) = x · tanh(ln(1 + exp(x)))`
//!
//! `e^x` below 1.4·10⁻²⁰ in `f32` ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) counts as zero, since its
//! products would become denormal, with which most processors compute many times slower.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · (t + x · (1 − t²) · σ(x))` with `t = tanh(ln(1 + exp(x)))` and `σ(x) = 1 / (1 + exp(−x))`.
//!
//! # Source
//!
//! D. Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019. PyTorch: `Mish`. Keras:
//! `Activation("mish")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Curved: 2 -> mish -> 2 }
//!
//! let output = Curved::new(1).predict(&[0.0, 1.0]);
//! assert_eq!(output[0], 0.0);
//! assert!((output[1] - 0.865_098).abs() < 1e-6);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::{Elementwise, Reads};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "mish",
    doc: "`x * tanh(ln(1 + exp(x)))` of each element",
    other_names: &[],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Mish)),
};

/// From here on the hyperbolic tangent is 1 in double precision, and `e^x` must not overflow.
const END: f64 = 20.0;

/// Each element times the hyperbolic tangent of its softplus.
#[derive(Debug)]
pub(crate) struct Mish;

impl Elementwise for Mish {
    // With `w = e^x` the hyperbolic tangent of `ln(1 + w)` is `n / (n + 2)`, `n = w (w + 2)`.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote! {{
            let two = splat(simd, T::from_f64(2.0));
            let w = T::exp(simd, splat(simd, T::from_f64(#END)).min(#x));
            let w = unless_negligible::<T, S>(simd, w);
            let n = w.mul(w.add(two));
            #x.mul(n.div(n.add(two)))
        }}
    }

    // `n / (n + 2) + x · 4 w (1 + w) / (n + 2)²`
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let two = splat(simd, T::from_f64(2.0));
            let x = splat(simd, T::from_f64(#END)).min(#x);
            let w = unless_negligible::<T, S>(simd, T::exp(simd, x));
            let n = w.mul(w.add(two));
            let whole = n.add(two);
            let steep = x.mul(w.mul_add(w, w)).mul(splat(simd, T::from_f64(4.0)));
            #d.mul(n.add(steep.div(whole)).div(whole))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} · tanh(ln(1 + exp({x})))")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
