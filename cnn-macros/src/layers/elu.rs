//! `elu`: each element, or an exponential where it is negative.
//!
//! # Formula
//!
//! `f(x) = x` where `x > 0`, else `alpha · (exp(x) − 1)`.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output` where `x > 0`, else `alpha · exp(x) · d_output`; at 0 that is `alpha · d_output`.
//!
//! # Source
//!
//! D.-A. Clevert, T. Unterthiner, S. Hochreiter, *Fast and Accurate Deep Network Learning by Exponential Linear
//! Units (ELUs)*, 2016, section 3. PyTorch: `ELU`. Keras: `ELU`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Smooth: 2 -> elu -> 2 }
//!
//! let output = Smooth::new(1).predict(&[-1.0, 2.0]);
//! // 1/e − 1
//! assert!((output[0] + 0.632_121).abs() < 1e-6);
//! assert_eq!(output[1], 2.0);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{At, Change, Fault, Follows, Layer};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "elu",
    doc: "each element, or `alpha (exp(x) - 1)` where it is negative",
    other_names: &["exponential_linear"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[OptionSpec {
        name: "alpha",
        other_names: &["slope"],
        takes: Takes::Number,
        presence: Presence::Default(Setting::Number(1.0)),
        doc: "what very negative elements come close to, negated; at least 0",
    }],
    build,
};

/// Exponential linear units with their `alpha`.
#[derive(Debug)]
pub(crate) struct Elu {
    alpha: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let alpha = settings.number("alpha");
    if !(0.0..=f64::MAX).contains(&alpha) {
        let message = format!("`alpha` is at least 0, found {alpha}");
        let proposed = Change::Option("alpha", "1.0".to_owned());
        return Err(Fault::at(At::Option("alpha"), message).change(proposed));
    }
    Ok(Box::new(Elu { alpha }))
}

impl Elementwise for Elu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        let alpha = self.alpha;
        quote! {{
            let negative = T::exp_m1(simd, #x).mul(splat(simd, T::from_f64(#alpha)));
            splat(simd, T::ZERO).select_greater(#x, negative, #x)
        }}
    }

    // Below zero `f′(x) = α e^x`, which is `y + α`; `α` is not negative, so the output's sign is the
    // input's.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        let alpha = self.alpha;
        quote! {{
            let negative = #d.mul(#y.add(splat(simd, T::from_f64(#alpha))));
            #y.select_greater(splat(simd, T::ZERO), #d, negative)
        }}
    }

    fn is_long(&self) -> bool {
        true
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} if positive, else {} (exp({x}) − 1)", self.alpha)
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }
}
