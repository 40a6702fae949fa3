//! `softplus`: a smooth form of `relu`.
//!
//! # Formula
//!
//! `f(x) = ln(1 + exp(beta · x)) / beta`
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · σ(beta · x)` with `σ(x) = 1 / (1 + exp(−x))`.
//!
//! An output below 1.4·10⁻²⁰ in `f32` ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) counts as zero there, since
//! its products would become denormal, with which most processors compute many times slower.
//!
//! # Source
//!
//! C. Dugas et al., *Incorporating Second-Order Functional Knowledge for Better Option Pricing*, 2001. PyTorch:
//! `Softplus`, which gives `x` itself above its `threshold`; here the formula needs none. Keras:
//! `Activation("softplus")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Smooth: 1 -> softplus -> 1 }
//!
//! // ln 2
//! assert!((Smooth::new(1).predict(&[0.0])[0] - 0.693_147).abs() < 1e-6);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{At, Change, Fault, Follows, Layer};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "softplus",
    doc: "`ln(1 + exp(beta x)) / beta` of each element",
    other_names: &["soft_plus", "smooth_relu"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[OptionSpec {
        name: "beta",
        other_names: &["sharpness"],
        takes: Takes::Number,
        presence: Presence::Default(Setting::Number(1.0)),
        doc: "how sharp the bend at 0 is, above 0",
    }],
    build,
};

/// The activation with its `beta`.
#[derive(Debug)]
pub(crate) struct Softplus {
    beta: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let beta = settings.number("beta");
    if !(f64::MIN_POSITIVE..=f64::MAX).contains(&beta) {
        let message = format!("`beta` is above 0, found {beta}");
        let proposed = Change::Option("beta", "1.0".to_owned());
        return Err(Fault::at(At::Option("beta"), message).change(proposed));
    }
    Ok(Box::new(Softplus { beta }))
}

impl Elementwise for Softplus {
    fn apply(&self, x: TokenStream) -> TokenStream {
        let beta = self.beta;
        if beta == 1.0 {
            return quote!(T::softplus(simd, #x));
        }
        let inverse = beta.recip();
        quote! {
            T::softplus(simd, #x.mul(splat(simd, T::from_f64(#beta))))
                .mul(splat(simd, T::from_f64(#inverse)))
        }
    }

    // `f′(x) = σ(β x)`, which is `1 − e^(−β y)`.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        let negated = -self.beta;
        quote! {{
            let y = unless_negligible::<T, S>(simd, #y);
            let slope = T::exp_m1(simd, y.mul(splat(simd, T::from_f64(#negated))));
            splat(simd, T::ZERO).sub(#d.mul(slope))
        }}
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        match self.beta {
            1.0 => format!("ln(1 + exp({x}))"),
            beta => format!("ln(1 + exp({beta} · {x})) / {beta}"),
        }
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
