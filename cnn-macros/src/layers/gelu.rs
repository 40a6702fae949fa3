//! `gelu`: each element times the probability that a normal number is less.
//!
//! # Formula
//!
//! `f(x) = x · Φ(x)` with the normal distribution function `Φ(x) = (1 + erf(x / √2)) / 2`; with
//! `approximate = true`, `Φ(x) ≈ (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2`.
//!
//! `Φ` below 1.4·10⁻²⁰ in `f32` ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) counts as zero, since its
//! products would become denormal, with which most processors compute many times slower.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · (Φ(x) + x · Φ′(x))`, where `Φ′` is the density `exp(−x²/2) / √(2π)`, or the derivative of
//! the approximation.
//!
//! # Source
//!
//! D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units (GELUs)*, 2016, section 2. PyTorch: `GELU`, whose
//! `approximate="tanh"` is `approximate = true`. Keras: `Activation("gelu")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Gaussian: 2 -> gelu -> 2 }
//!
//! let output = Gaussian::new(1).predict(&[0.0, 1.0]);
//! assert_eq!(output[0], 0.0);
//! assert!((output[1] - 0.841_345).abs() < 1e-6);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Fault, Follows, Layer};
use crate::kernel::{Elementwise, Reads};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "gelu",
    doc: "`x` times the probability that a standard normal number is less than `x`",
    other_names: &["gaussian_error_linear"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[OptionSpec {
        name: "approximate",
        other_names: &["tanh"],
        takes: Takes::Switch,
        presence: Presence::Default(Setting::Switch(false)),
        doc: "the formula with `tanh` in place of the exact one",
    }],
    build,
};

/// `√(8/π)`: twice the factor in the `tanh`.
const SLOPE: f64 = 1.595_769_121_605_731;
/// The factor of the cube in the approximation.
const CUBIC: f64 = 0.044_715;
/// `1 / √(2π)`, the density of the normal distribution at 0.
const DENSITY: f64 = 0.398_942_280_401_432_7;
/// Where the logistic function of the approximation is 0 or 1 in double precision.
const END: f64 = 40.0;

/// The activation, exact or not.
///
/// The approximation is a logistic function, because `(1 + tanh u) / 2 = σ(2u)`; so written it keeps its
/// digits where it is small.
#[derive(Debug)]
pub(crate) struct Gelu {
    /// The formula with `tanh` in place of the exact one.
    approximate: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Gelu {
        approximate: settings.switch("approximate"),
    }))
}

impl Elementwise for Gelu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        if !self.approximate {
            return quote!(#x.mul(unless_negligible::<T, S>(simd, T::normal_cdf(simd, #x))));
        }
        let [linear, cubic] = [SLOPE, SLOPE * CUBIC];
        quote! {{
            let square = #x.mul(#x);
            let slope = square.mul_add(
                splat(simd, T::from_f64(#cubic)),
                splat(simd, T::from_f64(#linear)),
            );
            #x.mul(unless_negligible::<T, S>(simd, T::sigmoid(simd, #x.mul(slope))))
        }}
    }

    // `Φ(x) + x Φ′(x)`; for the approximation `Φ = σ(u)` and `Φ′ = σ (1 − σ) u′`.
    fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        if !self.approximate {
            return quote! {{
                let half = #x.mul(splat(simd, T::from_f64(-0.5)));
                let density = unless_negligible::<T, S>(simd, T::exp(simd, #x.mul(half)));
                let density = density.mul(splat(simd, T::from_f64(#DENSITY)));
                let share = unless_negligible::<T, S>(simd, T::normal_cdf(simd, #x));
                #d.mul(#x.mul_add(density, share))
            }};
        }
        let [linear, cubic, three_cubic] = [SLOPE, SLOPE * CUBIC, 3.0 * SLOPE * CUBIC];
        quote! {{
            let (one, linear) = (splat(simd, T::ONE), splat(simd, T::from_f64(#linear)));
            // Beyond, the result is 0 or `d`, and the square must not overflow.
            let end = splat(simd, T::from_f64(#END));
            let x = end.min(splat(simd, T::ZERO).sub(end).max(#x));
            let square = x.mul(x);
            let slope = square.mul_add(splat(simd, T::from_f64(#cubic)), linear);
            let change = square.mul_add(splat(simd, T::from_f64(#three_cubic)), linear);
            let sigma = unless_negligible::<T, S>(simd, T::sigmoid(simd, x.mul(slope)));
            let steep = x.mul(change).mul(one.sub(sigma));
            #d.mul(steep.mul_add(sigma, sigma))
        }}
    }

    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        match self.approximate {
            true => format!("{x} · (1 + tanh(√(2/π) ({x} + 0.044715 {x}³))) / 2"),
            false => format!("{x} · (1 + erf({x} / √2)) / 2"),
        }
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
