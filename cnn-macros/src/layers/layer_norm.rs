//! `layer_norm`: each sample gets mean 0 and variance 1.
//!
//! # Formula
//!
//! `output = (input − mean) / √(variance + epsilon) · weight + bias`, with mean and variance over all elements
//! of the sample, divided by their number.
//!
//! # Shapes
//!
//! The output has the input's shape, which has two elements at least.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | the sample's, unless `affine = false` | 1 |
//! | `bias` | the sample's, unless `affine = false` | 0 |
//!
//! # Gradient
//!
//! With the normalized input `z`, the gradient by it `g = d_output · weight`, and means over the sample:
//!
//! - `d_input = (g − mean(g) − z · mean(g · z)) / √(variance + epsilon)`
//! - `d_weight += Σ d_output · z` and `d_bias += Σ d_output`, element by element, over all samples
//!
//! Training and inference are the same.
//!
//! # Source
//!
//! J. L. Ba, J. R. Kiros, G. Hinton, *Layer Normalization*, 2016, section 3. PyTorch: `LayerNorm` over the whole
//! shape of a sample. Keras: `LayerNormalization` over all axes; its default is the last one, its epsilon 0.001.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Normal: 2 -> layer_norm -> 2
//!     Image: 3x4x4 -> norm: layer_norm -> 3x4x4
//! }
//!
//! // The mean is 2, the variance 1.
//! let output = Normal::new(1).predict(&[1.0, 3.0]);
//! assert!((output[0] + 1.0).abs() < 1e-4 && (output[1] - 1.0).abs() < 1e-4);
//! let net = Image::new(1);
//! let weights: &[[[f32; 4]; 4]; 3] = net.norm().weight();
//! assert_eq!(weights[2][3], [1.0; 4]);
//! ```

use super::norm::{Affine, EPSILON, Groups, Norm, affine};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "layer_norm",
    doc: "each sample with mean 0 and variance 1, times a weight and plus a bias for each element",
    other_names: &["layernorm", "layer_normalization"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[EPSILON, affine(true)],
    build,
};

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Norm {
        word: KIND.word,
        groups: Groups::One,
        affine: settings.switch("affine").then_some(Affine::EachElement),
        epsilon: settings.number("epsilon"),
    }
    .checked()
}
