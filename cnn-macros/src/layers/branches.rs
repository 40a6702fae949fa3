//! What layers have in common that read the outputs of several chains.

use super::options::{OptionSpec, Presence, Takes};
use crate::shape::Shape;

/// The table of options: chains without names.
pub(crate) const BRANCHES: &[OptionSpec] = &[OptionSpec {
    name: "branches",
    other_names: &[],
    takes: Takes::Branches,
    presence: Presence::Required("identity, relu"),
    doc: "chains that begin from the input, or from a label",
}];

/// The first shape that is not the shape of the first branch.
pub(crate) fn first_other(inputs: &[Shape]) -> Option<Shape> {
    inputs.iter().find(|&&shape| shape != inputs[0]).copied()
}
