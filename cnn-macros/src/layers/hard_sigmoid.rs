//! `hard_sigmoid`: a sigmoid of straight lines.

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

/// `x / 6 + ½`, held between 0 and 1.
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
