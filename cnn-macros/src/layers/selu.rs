//! `selu`: `elu` with the scale at which means and variances stay as they are.

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

/// Scaled exponential linear units (G. Klambauer et al., *Self-Normalizing Neural Networks*, 2017).
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

    fn formula(&self, x: &str) -> String {
        format!("selu({x})")
    }

    fn follows(&self) -> Follows {
        Follows::SelfNormalizing
    }
}
