//! `instance_norm`: each channel of a sample gets mean 0 and variance 1.
//!
//! D. Ulyanov et al., *Instance Normalization*, 2016; as in PyTorch without weights unless asked for.

use super::norm::{Affine, EPSILON, Groups, Norm, affine};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer};

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "instance_norm",
    doc: "each channel of a sample with mean 0 and variance 1",
    other_names: &["instancenorm", "instancenorm2d", "instance_norm2d"],
    has_window: false,
    takes: Rank::Image,
    gives: Rank::Image,
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
