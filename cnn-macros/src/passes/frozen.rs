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
    let nodes = || 0..outline.draft.nodes.len();
    let learns = |node: usize| !outline.draft.nodes[node].is_frozen && may_learn(outline, node);
    let is_all = nodes().any(|node| has_parameters(outline, node)) && !nodes().any(learns);
    if let Some(first) = freezes.first().filter(|_| is_all) {
        let message = "`frozen` leaves nothing to train: every layer with parameters is frozen";
        let help = "take it out before the layers that are to learn; inference does not need it";
        diagnostics.report(Diagnostic::new(first.region, message).help(help));
    }
}

fn has_parameters(outline: &Outline, node: usize) -> bool {
    let parameters = outline.parameters[node].as_ref();
    parameters.is_none_or(|parameters| !parameters.is_empty())
}

/// Whether a node has parameters or running statistics.
fn may_learn(outline: &Outline, node: usize) -> bool {
    let has_statistics = |layer: &dyn Layer, inputs: &[Shape]| !layer.statistics(inputs).is_empty();
    has_parameters(outline, node) || layer_says(outline, node, has_statistics)
}

/// Whether training would change something in a node, or compute something else than inference.
fn may_change(outline: &Outline, node: usize) -> bool {
    let is_other = |layer: &dyn Layer, _: &[Shape]| layer.is_identity_in_inference();
    may_learn(outline, node) || layer_says(outline, node, is_other)
}

/// Whether a node's layer, asked with the shapes of its inputs, says yes; true where they are not known.
fn layer_says(outline: &Outline, node: usize, ask: impl Fn(&dyn Layer, &[Shape]) -> bool) -> bool {
    let draft = &outline.draft.nodes[node];
    let inputs = draft.inputs.iter();
    let shapes = inputs.map(|input| outline.estimates[input.0].shape());
    let shapes: Option<Vec<Shape>> = shapes.collect();
    let (Ok((variants, _)), Some(shapes)) = (&draft.layer, shapes) else {
        return true;
    };
    let layer = variants.on(shapes[0]);
    layer.is_ok_and(|layer| ask(layer, &shapes))
}
