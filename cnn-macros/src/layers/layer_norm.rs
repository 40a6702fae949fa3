//! `layer_norm`: each sample gets mean 0 and variance 1.
//!
//! J. L. Ba et al., *Layer Normalization*, 2016; PyTorch's `LayerNorm` over the whole shape of a sample.

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
