//! `leaky_relu`: each element, or a small multiple of it where it is negative.
//!
//! # Formula
//!
//! `f(x) = x` where `x > 0`, else `slope · x`.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output` where `x > 0`, else `slope · d_output`; at the kink it is `slope · d_output`.
//!
//! # Source
//!
//! A. Maas, A. Hannun, A. Ng, *Rectifier Nonlinearities Improve Neural Network Acoustic Models*, 2013. PyTorch:
//! `LeakyReLU`, with the same default. Keras: `LeakyReLU`, whose default is 0.3.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Leaky: 2 -> leaky_relu(slope = 0.25) -> 2 }
//!
//! assert_eq!(Leaky::new(1).predict(&[-2.0, 2.0]), [-0.5, 2.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{At, Change, Fault, Follows, Interval, Layer, Properties};
use crate::kernel::Elementwise;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "leaky_relu",
    doc: "each element, or `slope` times it where it is negative",
    other_names: &["lrelu"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[OptionSpec {
        name: "slope",
        other_names: &["negative_slope", "alpha", "leak"],
        takes: Takes::Number,
        presence: Presence::Default(Setting::Number(0.01)),
        doc: "factor of negative elements, at least 0 and below 1",
    }],
    build,
};

/// The activation with its slope.
#[derive(Debug)]
pub(crate) struct LeakyRelu {
    slope: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let slope = settings.number("slope");
    if !(0.0..1.0).contains(&slope) {
        let message = format!("`slope` is at least 0 and below 1, found {slope}");
        let proposed = Change::Option("slope", "0.01".to_owned());
        return Err(Fault::at(At::Option("slope"), message).change(proposed));
    }
    Ok(Box::new(LeakyRelu { slope }))
}

impl Elementwise for LeakyRelu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        let slope = self.slope;
        quote! {
            splat(simd, T::ZERO).select_greater(#x, #x.mul(splat(simd, T::from_f64(#slope))), #x)
        }
    }

    // The slope is not negative, so the output's sign is the input's.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        let slope = self.slope;
        quote! {
            #y.select_greater(splat(simd, T::ZERO), #d, #d.mul(splat(simd, T::from_f64(#slope))))
        }
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} if positive, else {} times that", self.slope)
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }

    fn properties(&self) -> Properties {
        Properties {
            unchanged_on: Some(Interval::NOT_NEGATIVE),
            ..Properties::default()
        }
    }

    fn range(&self, input: Interval) -> Interval {
        input.map(|x| if x < 0.0 { self.slope * x } else { x })
    }
}
