//! `softmax`: exponentials of all channels that sum up to 1.
//!
//! # Formula
//!
//! `output[c] = exp(input[c]) / Σ_k exp(input[k])`, over the channels of each pixel or position, or all elements of a
//! vector. The exponentials are taken of the distance to the largest, so that none overflows.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input[c] = output[c] · (d_output[c] − Σ_k d_output[k] · output[k])`
//!
//! # Source
//!
//! J. Bridle, *Probabilistic Interpretation of Feedforward Classification Network Outputs*, 1990. PyTorch:
//! `Softmax(dim=1)`. Keras: `Softmax`. To train classes, end with logits and use
//! [`SoftmaxCrossEntropy`](crate::loss::SoftmaxCrossEntropy), which has the softmax in it.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Shares: 2 -> softmax -> 2 }
//!
//! let output = Shares::new(1).predict(&[0.0, 3.0_f32.ln()]);
//! assert!((output[0] - 0.25).abs() < 1e-6 && (output[1] - 0.75).abs() < 1e-6);
//! ```

use quote::quote;

use super::options::{Kind, Rank};
use super::over_channels::{Distribution, forms};
use super::{Fault, Follows, Interval, Layer, Properties};
use crate::kernel::{Kernel, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "softmax",
    doc: "`exp(x)` over the sum of all channels, at each pixel or of a whole vector",
    other_names: &["soft_max", "softmax2d"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(Softmax)),
};

/// The shares of all channels.
#[derive(Debug)]
pub(crate) struct Softmax;

impl Softmax {
    fn distribution(&self) -> Distribution {
        Distribution {
            formulas: [
                "output[c] = exp(input[c]) / Σ_k exp(input[k])",
                "d_input[c] = output[c] · (d_output[c] − Σ_k d_output[k] · output[k])",
            ],
            kept: quote!(e),
            shared: quote!(splat(simd, T::ONE).div(sum)),
            output: quote!(kept.mul(shared)),
            term: quote!(y.mul(d)),
            d_input: quote!(y.mul(d.sub(sum))),
        }
    }
}

impl Layer for Softmax {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            makes_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, _inputs: &[Interval]) -> Interval {
        Interval::new(0.0, 1.0)
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
