//! `group_norm`: groups of channels get mean 0 and variance 1.
//!
//! Y. Wu, K. He, *Group Normalization*, 2018. Every element of a vector is a channel.

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
