//! `silu`: each element times its sigmoid.

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

/// `x · σ(x)`, with `σ` the logistic function (S. Elfwing et al., 2017; also called swish).
#[derive(Debug)]
pub(crate) struct Silu;

impl Elementwise for Silu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(#x.mul(T::sigmoid(simd, #x)))
    }

    // `σ + x σ (1 − σ)`
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let sigma = T::sigmoid(simd, #x);
            let one = splat(simd, T::ONE);
            #d.mul(sigma.mul(#x.mul_add(one.sub(sigma), one)))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} · sigmoid({x})")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
