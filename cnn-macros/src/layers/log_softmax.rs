//! `log_softmax`: the logarithm of `softmax`.
//!
//! # Formula
//!
//! `output[c] = input[c] − ln Σ_k exp(input[k])`, over the channels of each pixel or position, or all elements of a
//! vector. It keeps its digits where the [`softmax`] is small.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input[c] = d_output[c] − exp(output[c]) · Σ_k d_output[k]`
//!
//! # Source
//!
//! J. Bridle, *Probabilistic Interpretation of Feedforward Classification Network Outputs*, 1990, for the softmax.
//! PyTorch: `LogSoftmax(dim=1)`. Keras: `Activation("log_softmax")`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Logs: 2 -> log_softmax -> 2 }
//!
//! let output = Logs::new(1).predict(&[5.0, 5.0]);
//! // −ln 2
//! assert!((output[0] + 0.693_147).abs() < 1e-5 && output[0] == output[1]);
//! ```

use quote::quote;

use super::options::{Kind, Rank};
use super::over_channels::{Distribution, forms};
use super::{Fault, Follows, Layer};
use crate::kernel::{Kernel, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "log_softmax",
    doc: "the logarithm of `softmax`, without loss where that is small",
    other_names: &["logsoftmax"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(LogSoftmax)),
};

/// The logarithms of the shares of all channels.
#[derive(Debug)]
pub(crate) struct LogSoftmax;

impl LogSoftmax {
    fn distribution(&self) -> Distribution {
        Distribution {
            formulas: [
                "output[c] = input[c] − ln Σ_k exp(input[k])",
                "d_input[c] = d_output[c] − exp(output[c]) · Σ_k d_output[k]",
            ],
            kept: quote!(distance),
            shared: quote!(T::ln(simd, sum)),
            output: quote!(kept.sub(shared)),
            term: quote!(d),
            d_input: quote!(d.sub(T::exp(simd, y).mul(sum))),
        }
    }
}

impl Layer for LogSoftmax {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Saturating
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        self.distribution().forward(site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![self.distribution().backward(site)]
    }
}
