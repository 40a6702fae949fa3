//! The options that convolutions share.

use super::halo::RIMS;
use crate::layers::options::{OptionSpec, Padding, Presence, Setting, Takes};

/// How many output channels.
pub(crate) const CHANNELS: OptionSpec = OptionSpec {
    name: "channels",
    other_names: &["filters", "out_channels", "features", "outputs"],
    takes: Takes::Count,
    presence: Presence::Required("16"),
    doc: "number of output channels",
};

/// How far apart positions are.
pub(crate) const STRIDE: OptionSpec = OptionSpec {
    name: "stride",
    other_names: &["step", "strides"],
    takes: Takes::Sides,
    presence: Presence::Default(Setting::Sides([1, 1])),
    doc: "steps of the kernel",
};

/// How far apart taps are.
pub(crate) const DILATION: OptionSpec = OptionSpec {
    name: "dilation",
    other_names: &["dilation_rate", "dilations", "atrous"],
    takes: Takes::Sides,
    presence: Presence::Default(Setting::Sides([1, 1])),
    doc: "steps from one tap of the kernel to the next",
};

/// How much is put around the image.
pub(crate) const PADDING: OptionSpec = OptionSpec {
    name: "padding",
    other_names: &["pad"],
    takes: Takes::Padding,
    presence: Presence::Default(Setting::Padding(Padding::Valid)),
    doc: "rows and columns around the image; `same` keeps its size",
};

/// What is put there.
pub(crate) const PADDING_MODE: OptionSpec = OptionSpec {
    name: "padding_mode",
    other_names: &["pad_mode", "mode", "border"],
    takes: Takes::Word(RIMS),
    presence: Presence::Default(Setting::Word("zeros")),
    doc: "what stands around the image",
};

/// How many convolutions share the channels.
pub(crate) const GROUPS: OptionSpec = OptionSpec {
    name: "groups",
    other_names: &["group", "cardinality"],
    takes: Takes::Count,
    presence: Presence::Default(Setting::Count(1)),
    doc: "groups of channels that do not see each other; divides both channel numbers",
};

/// Whether there is a bias.
pub(crate) const BIAS: OptionSpec = OptionSpec {
    name: "bias",
    other_names: &["use_bias"],
    takes: Takes::Switch,
    presence: Presence::Default(Setting::Switch(true)),
    doc: "whether a number per channel is added",
};
