//! `silu`: each element times its sigmoid, also called swish.
//!
//! # Formula
//!
//! `f(x) = x · σ(x)` with `σ(x) = 1 / (1 + exp(−x))`.
//!
//! `σ` below 1.4·10⁻²⁰ in `f32` ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) counts as zero, since its
//! products would become denormal, with which most processors compute many times slower.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · σ(x) · (1 + x · (1 − σ(x)))`
//!
//! # Source
//!
//! S. Elfwing, E. Uchibe, K. Doya, *Sigmoid-Weighted Linear Units for Neural Network Function Approximation in
//! Reinforcement Learning*, 2018; P. Ramachandran, B. Zoph, Q. Le, *Searching for Activation Functions*, 2017.
//! PyTorch: `SiLU`. Keras: `Activation("silu")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Weighted: 2 -> silu -> 2 }
//!
//! let output = Weighted::new(1).predict(&[0.0, 1.0]);
//! assert_eq!(output[0], 0.0);
//! assert!((output[1] - 0.731_059).abs() < 1e-6);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Follows;
use super::options::{Kind, Rank};
use crate::kernel::{Elementwise, Reads};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "silu",
    doc: "`x * sigmoid(x)` of each element",
    other_names: &["swish", "sigmoid_weighted_linear"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Silu)),
};

/// Each element times its sigmoid.
#[derive(Debug)]
pub(crate) struct Silu;

impl Elementwise for Silu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(#x.mul(unless_negligible::<T, S>(simd, T::sigmoid(simd, #x))))
    }

    // `σ + x σ (1 − σ)`
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let sigma = unless_negligible::<T, S>(simd, T::sigmoid(simd, #x));
            let one = splat(simd, T::ONE);
            #d.mul(sigma.mul(#x.mul_add(one.sub(sigma), one)))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} · sigmoid({x})")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
