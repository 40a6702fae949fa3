//! `group_norm`: groups of channels get mean 0 and variance 1.
//!
//! # Formula
//!
//! `output = (input − mean) / √(variance + epsilon) · weight[c] + bias[c]`, with mean and variance over all
//! elements of the sample in the group that channel `c` is in, divided by their number. A group is `C / groups`
//! neighbouring channels.
//!
//! # Shapes
//!
//! The output has the input's shape. `groups` divides the channels; every element of a vector is a channel. A
//! group has two elements at least.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C]`, unless `affine = false` | 1 |
//! | `bias` | `[C]`, unless `affine = false` | 0 |
//!
//! # Gradient
//!
//! With the normalized input `z`, the gradient by it `g = d_output · weight[c]`, and means over the group:
//!
//! - `d_input = (g − mean(g) − z · mean(g · z)) / √(variance + epsilon)`
//! - `d_weight[c] += Σ d_output · z` and `d_bias[c] += Σ d_output`, over the channel and all samples
//!
//! Training and inference are the same.
//!
//! # Source
//!
//! Y. Wu, K. He, *Group Normalization*, 2018, section 3. PyTorch: `GroupNorm(groups, C)`. Keras:
//! `GroupNormalization`, whose epsilon is 0.001.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Pairs: 4 -> group_norm(2) -> 4 }
//!
//! // Means 2 and 20, variances 1 and 100.
//! let output = Pairs::new(1).predict(&[1.0, 3.0, 10.0, 30.0]);
//! for (found, expected) in output.iter().zip([-1.0, 1.0, -1.0, 1.0]) {
//!     assert!((found - expected).abs() < 1e-4);
//! }
//! ```

use super::norm::{Affine, EPSILON, Groups, Norm, affine};
use super::options::{Kind, OptionSpec, Presence, Rank, Settings, Takes};
use super::{Fault, Layer};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "group_norm",
    doc: "groups of channels with mean 0 and variance 1, times a weight and plus a bias for each channel",
    other_names: &["groupnorm", "group_normalization"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[
        OptionSpec {
            name: "groups",
            other_names: &["num_groups", "group"],
            takes: Takes::Count,
            presence: Presence::Required("4"),
            doc: "number of groups, a divisor of the channels",
        },
        EPSILON,
        affine(true),
    ],
    build,
};

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Norm {
        word: KIND.word,
        groups: Groups::Of(settings.count("groups")),
        affine: settings.switch("affine").then_some(Affine::EachChannel),
        epsilon: settings.number("epsilon"),
    }
    .checked()
}
