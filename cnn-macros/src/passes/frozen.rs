//! Reports `#[frozen]` where it can have no effect, or leaves nothing to learn.
//!
//! *Needs* an [`Outline`]; of what is missing in it anything may be true. *Leaves* it as it is.

use std::collections::BTreeSet;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::graph::Outline;
use crate::layers::Layer;
use crate::shape::Shape;

/// Checks what a network freezes.
pub(crate) fn check(outline: &Outline, diagnostics: &mut Diagnostics) {
    let freezes = &outline.draft.freezes;
    // One attribute may be read more than once, in a block, or before what a block is given.
    let effective = freezes.iter().filter(|freeze| {
        let mut nodes = freeze.nodes.clone();
        nodes.any(|node| may_change(outline, node))
    });
    let effective: BTreeSet<String> = effective.map(|freeze| freeze.region.place()).collect();
    for freeze in freezes {
        if !effective.contains(&freeze.region.place()) {
            let message = "`frozen` has no effect: training changes nothing in this step";
            let help = "take it out, or write it before a step with parameters";
            diagnostics.report(Diagnostic::new(freeze.region, message).help(help));
        }
    }
    let mut nodes = 0..outline.draft.nodes.len();
    let first = freezes.first().filter(|_| !effective.is_empty());
    if let (Some(first), false) = (first, nodes.any(|node| learns(outline, node))) {
        let message = "`frozen` leaves nothing to train: every layer with parameters is frozen";
        let help = "take it out before the layers that are to learn; inference does not need it";
        diagnostics.report(Diagnostic::new(first.region, message).help(help));
    }
}

/// Whether training learns parameters of a node.
fn learns(outline: &Outline, node: usize) -> bool {
    !outline.draft.nodes[node].is_frozen && has_parameters(outline, node)
}

fn has_parameters(outline: &Outline, node: usize) -> bool {
    let parameters = outline.parameters[node].as_ref();
    parameters.is_none_or(|parameters| !parameters.is_empty())
}

/// Whether training would change something in a node, or compute something else than inference.
fn may_change(outline: &Outline, node: usize) -> bool {
    let draft = &outline.draft.nodes[node];
    let inputs = draft.inputs.iter();
    let shapes = inputs.map(|input| outline.estimates[input.0].shape());
    let shapes: Option<Vec<Shape>> = shapes.collect();
    let (Ok((variants, _)), Some(shapes)) = (&draft.layer, shapes) else {
        return true;
    };
    let is_other = |layer: &dyn Layer| {
        !layer.statistics(&shapes).is_empty() || layer.is_identity_in_inference()
    };
    has_parameters(outline, node) || variants.on(shapes[0]).is_ok_and(is_other)
}
