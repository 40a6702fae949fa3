//! `mish`: each element times the hyperbolic tangent of its softplus.

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

/// `x · tanh(ln(1 + e^x))` (D. Misra, 2019).
#[derive(Debug)]
pub(crate) struct Mish;

impl Elementwise for Mish {
    // With `w = e^x` the hyperbolic tangent of `ln(1 + w)` is `n / (n + 2)`, `n = w (w + 2)`.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote! {{
            let two = splat(simd, T::from_f64(2.0));
            let w = T::exp(simd, splat(simd, T::from_f64(#END)).min(#x));
            let n = w.mul(w.add(two));
            #x.mul(n.div(n.add(two)))
        }}
    }

    // `n / (n + 2) + x · 4 w (1 + w) / (n + 2)²`
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        quote! {{
            let two = splat(simd, T::from_f64(2.0));
            let x = splat(simd, T::from_f64(#END)).min(#x);
            let w = T::exp(simd, x);
            let n = w.mul(w.add(two));
            let whole = n.add(two);
            let steep = x.mul(w.mul_add(w, w)).mul(splat(simd, T::from_f64(4.0)));
            #d.mul(n.add(steep.div(whole)).div(whole))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} · tanh(ln(1 + exp({x})))")
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
