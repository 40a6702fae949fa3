//! `instance_norm`: each channel of a sample gets mean 0 and variance 1.
//!
//! # Formula
//!
//! `output = (input − mean[c]) / √(variance[c] + epsilon)`, times `weight[c]` and plus `bias[c]` if
//! `affine = true`, with mean and variance over the channel's elements, divided by their number.
//!
//! # Shapes
//!
//! Image `C x H x W` or signal `C x L`, with two pixels or positions at least; the output has the same shape.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C]`, with `affine = true` | 1 |
//! | `bias` | `[C]`, with `affine = true` | 0 |
//!
//! # Gradient
//!
//! With the normalized input `z`, the gradient by it `g = d_output · weight[c]` (`d_output` without weights), and
//! means over the channel:
//!
//! - `d_input = (g − mean(g) − z · mean(g · z)) / √(variance[c] + epsilon)`
//! - `d_weight[c] += Σ d_output · z` and `d_bias[c] += Σ d_output`, over the channel and all samples
//!
//! Training and inference are the same; there are no running statistics.
//!
//! # Source
//!
//! D. Ulyanov, A. Vedaldi, V. Lempitsky, *Instance Normalization: The Missing Ingredient for Fast Stylization*,
//! 2016. PyTorch: `InstanceNorm2d` and `InstanceNorm1d`, without weights unless asked for. Keras:
//! `GroupNormalization(groups=-1)`, which has weights.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Each: 2x1x2 -> instance_norm -> 2x1x2
//!     Styled: 8x6x6 -> instance_norm(affine = true) -> 8x6x6
//! }
//!
//! // Means 2 and 20, variances 1 and 100.
//! let output = Each::new(1).predict(&[1.0, 3.0, 10.0, 30.0]);
//! for (found, expected) in output.iter().zip([-1.0, 1.0, -1.0, 1.0]) {
//!     assert!((found - expected).abs() < 1e-4);
//! }
//! assert_eq!(<Styled>::SPEC.parameter_count, 2 * 8);
//! ```

use super::norm::{Affine, EPSILON, Groups, Norm, affine};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "instance_norm",
    doc: "each channel of a sample with mean 0 and variance 1",
    other_names: &[
        "instancenorm",
        "instancenorm2d",
        "instance_norm2d",
        "instancenorm1d",
    ],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[EPSILON, affine(false)],
    build,
};

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Norm {
        word: KIND.word,
        groups: Groups::EachChannel,
        affine: settings.switch("affine").then_some(Affine::EachChannel),
        epsilon: settings.number("epsilon"),
    }
    .checked()
}
