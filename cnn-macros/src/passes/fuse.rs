//! Joins what is computed together.
//!
//! *Needs* a [`ShapedGraph`]. *Leaves* [`Fused`]: the stages that become functions. A view (a layer
//! that only reads its input in another shape) shares its input's storage while samples are in the
//! lanes; an activation whose input is used by nothing else, not even by its own backward, becomes the
//! epilogue of the layer before. In inference a layer that is no more than a scale and a shift of each
//! channel is folded into the weights of the layer before, if nothing else reads what is between. A layer
//! may keep only the largest of windows of its results, for the pool behind it; elsewhere, on blocks, an
//! activation that clamps is computed behind the layer that takes the largest of what it would give.

use crate::graph::{Node, ShapedGraph, ValueId};
use crate::kernel::{Reads, Site};
use crate::layers::Layer;
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// A network as the stages that compute it.
pub(crate) struct Fused {
    pub(crate) graph: ShapedGraph,
    /// Those of each mode.
    stages: [Vec<Stage>; 3],
    /// For each mode and value the one whose storage it shares: itself, or the origin of a view.
    storage: [Vec<ValueId>; 3],
    /// For each value the one whose gradient stands where its own will: itself, or what is computed from it by a
    /// layer that updates the gradient in place.
    gradients: Vec<ValueId>,
    learned: Vec<bool>,
}

/// A layer, perhaps with a scale and a shift in its weights, an activation behind it, and a pool that keeps the
/// largest of its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The node that is computed.
    pub(crate) node: usize,
    /// The node that is folded into the weights.
    pub(crate) folded: Option<usize>,
    /// The node of the fused activation.
    pub(crate) epilogue: Option<usize>,
    /// The node that keeps only the largest of the results.
    pub(crate) largest: Option<usize>,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) output: ValueId,
}

impl Stage {
    /// The last node that the stage computes.
    pub(crate) fn last_node(&self) -> usize {
        self.output.0 - 1
    }

    /// The stage of a node alone.
    pub(crate) fn of(graph: &ShapedGraph, node: usize) -> Self {
        Self {
            node,
            folded: None,
            epilogue: None,
            largest: None,
            inputs: graph.graph.nodes[node].inputs.clone(),
            output: ValueId(node + 1),
        }
    }

    /// The value of all results, of which only the largest may be kept, without the activation.
    pub(crate) fn results(&self) -> ValueId {
        ValueId(self.folded.unwrap_or(self.node) + 1)
    }

    /// Takes over the activation of the stage before, if it clamps: of the largest of some numbers in place of
    /// each, it is computed less often, forward and backward. What is left of the stage before is returned.
    fn clamp_behind(&mut self, graph: &ShapedGraph, before: Stage) -> Option<Stage> {
        let activation = before.epilogue.unwrap_or(before.node);
        let function = graph.graph.nodes[activation].layer.elementwise();
        // Where the stage before keeps the largest itself, it clamps those already.
        if before.largest.is_some() || !function.is_some_and(|function| function.clamps()) {
            return Some(before);
        }
        self.epilogue = Some(activation);
        if before.epilogue.is_none() {
            self.inputs = before.inputs;
            return None;
        }
        let output = before.results();
        self.inputs = vec![output];
        Some(Stage {
            epilogue: None,
            output,
            ..before
        })
    }

    /// The stage with one more node, the only one that reads its output, if both can be computed
    /// together.
    fn with(&self, graph: &ShapedGraph, node: usize, mode: Mode) -> Option<Self> {
        let [layer, next] = [self.node, node].map(|node| graph.graph.nodes[node].layer.as_ref());
        let mut stage = self.clone();
        stage.output = ValueId(node + 1);
        if self.largest.is_some() {
            // Of the largest an activation that clamps is the same as of all results.
            let clamps = next.elementwise().is_some_and(|function| function.clamps());
            stage.epilogue = Some(node);
            return (clamps && self.epilogue.is_none()).then_some(stage);
        }
        if self.keeps_largest(graph, next, mode) {
            stage.largest = Some(node);
            return Some(stage);
        }
        if self.epilogue.is_some() {
            return None;
        }
        if can_be_epilogue(next) && layer.takes_epilogue() {
            stage.epilogue = Some(node);
            return Some(stage);
        }
        let is_affine = || next.affine(&[graph.shape(self.output)]).is_some();
        let folds =
            mode != Mode::Training && self.folded.is_none() && layer.takes_affine() && is_affine();
        stage.folded = Some(node);
        folds.then_some(stage)
    }

    /// Whether the stage can keep what `next` would of its results.
    fn keeps_largest(&self, graph: &ShapedGraph, next: &dyn Layer, mode: Mode) -> bool {
        // Of one sample they lie in channels.
        if mode == Mode::Single && graph.graph.avoided == Some(Layout::Channels) {
            return false;
        }
        let inputs = self.inputs.iter();
        let inputs: Vec<Shape> = inputs.map(|&value| graph.shape(value).stored()).collect();
        let layer = graph.graph.nodes[self.node].layer.as_ref();
        let results = graph.shape(self.results()).stored();
        let window = next.largest_of();
        window.is_some_and(|window| layer.keeps_largest(&inputs, results, window, mode))
    }
}

/// Finds the stages of a network.
pub(crate) fn fuse(graph: ShapedGraph) -> Fused {
    let stages = Mode::ALL.map(|mode| stages(&graph, mode));
    let learned = learned(&graph);
    let storage = Mode::ALL.map(|mode| storage(&graph, mode));
    let gradients = gradients(&graph, &stages[0], &storage[0]);
    Fused {
        graph,
        stages,
        storage,
        gradients,
        learned,
    }
}

fn stages(graph: &ShapedGraph, mode: Mode) -> Vec<Stage> {
    let uses = count_uses(graph);
    let mut stages: Vec<Stage> = Vec::new();
    for (index, node) in graph.graph.nodes.iter().enumerate() {
        let is_all_that_is_read =
            |last: &&mut Stage| last.output == node.inputs[0] && uses[last.output.0] == 1;
        if let Some(last) = stages.last_mut().filter(is_all_that_is_read)
            && let Some(joined) = last.with(graph, index, mode)
        {
            *last = joined;
            continue;
        }
        let mut stage = Stage::of(graph, index);
        if mode != Mode::Single
            && node.layer.takes_maximum()
            && let Some(last) = stages.pop_if(|last| is_all_that_is_read(&last))
        {
            stages.extend(stage.clamp_behind(graph, last));
        }
        stages.push(stage);
    }
    stages
}

/// Whether a layer is an activation whose backward needs no more than its output: what flows into an
/// epilogue is never stored.
fn can_be_epilogue(layer: &dyn Layer) -> bool {
    let function = layer.elementwise();
    function.is_some_and(|function| function.reads() == Reads::Output)
}

/// For each value the one whose storage it shares in a mode.
fn storage(graph: &ShapedGraph, mode: Mode) -> Vec<ValueId> {
    let mut storage = vec![ValueId::INPUT];
    for (index, node) in graph.graph.nodes.iter().enumerate() {
        storage.push(match is_free(node, mode) {
            true => storage[node.inputs[0].0],
            false => ValueId(index + 1),
        });
    }
    storage
}

/// For each value the one whose gradient's storage its own takes over, which nothing else may add to. That by the
/// network's input is left alone: its place is the caller's to read, and who does not is spared what writes it.
fn gradients(graph: &ShapedGraph, stages: &[Stage], storage: &[ValueId]) -> Vec<ValueId> {
    let uses = count_uses(graph);
    let mut gradients: Vec<ValueId> = (0..uses.len()).map(ValueId).collect();
    for stage in stages.iter().rev() {
        let layer = graph.graph.nodes[stage.node].layer.as_ref();
        let is_its_own = |input: ValueId| input != ValueId::INPUT && storage[input.0] == input;
        let is_free = |input: &&ValueId| is_its_own(**input) && uses[input.0] == 1;
        if !layer.updates_gradient() {
            continue;
        }
        if let Some(input) = stage.inputs.iter().find(is_free) {
            gradients[input.0] = gradients[storage[stage.output.0].0];
        }
    }
    gradients
}

/// Whether a node's output is its input's storage in a mode.
fn is_free(node: &Node, mode: Mode) -> bool {
    let layer = &node.layer;
    match mode {
        Mode::Training => layer.is_view() || node.is_frozen && layer.is_identity_in_inference(),
        Mode::Batch => layer.is_view() || layer.is_identity_in_inference(),
        Mode::Single => layer.is_identity_in_inference(),
    }
}

/// How often each value is read, the network's output once more.
fn count_uses(graph: &ShapedGraph) -> Vec<usize> {
    let mut uses = vec![0; graph.shapes.len()];
    for input in graph.graph.nodes.iter().flat_map(|node| &node.inputs) {
        uses[input.0] += 1;
    }
    uses[graph.graph.output.0] += 1;
    uses
}

/// Which values depend on a parameter that is not frozen.
fn learned(graph: &ShapedGraph) -> Vec<bool> {
    let mut learned = vec![false];
    for (node, parameters) in graph.graph.nodes.iter().zip(&graph.parameters) {
        let upstream = node.inputs.iter().any(|input| learned[input.0]);
        learned.push(upstream || !(node.is_frozen || parameters.is_empty()));
    }
    learned
}

impl Fused {
    /// The stages of a mode, in order.
    pub(crate) fn stages(&self, mode: Mode) -> &[Stage] {
        &self.stages[mode as usize]
    }

    /// The forms in which a stage can be computed in a mode.
    pub(crate) fn forms(&self, stage: &Stage, mode: Mode) -> Vec<Form> {
        let output = self.graph.shape(stage.results()).stored();
        let mut forms = self.layer(stage).forms(&self.inputs(stage), output, mode);
        // With columns in the lanes the results of a window are in different lanes, and no function keeps the largest.
        forms.retain(|form| stage.largest.is_none() || form.output != Layout::Columns);
        forms
    }

    /// Calls `work` with the site of a stage in a form.
    pub(crate) fn at_site<R>(
        &self,
        stage: &Stage,
        (mode, form): (Mode, Form),
        work: impl FnOnce(&Site<'_>) -> R,
    ) -> R {
        let inputs = self.inputs(stage);
        let epilogue = stage
            .epilogue
            .and_then(|node| self.graph.graph.nodes[node].layer.elementwise());
        let layer = self.layer(stage);
        work(&Site {
            inputs: &inputs,
            output: self.graph.shape(stage.results()).stored(),
            mode,
            form,
            number: layer.draws().then_some(stage.node),
            folds: stage.folded.is_some(),
            is_frozen: mode == Mode::Training && self.is_frozen(stage),
            in_place: (mode == Mode::Training)
                .then(|| self.in_place(stage))
                .flatten(),
            largest: stage
                .largest
                .and_then(|node| self.graph.graph.nodes[node].layer.largest_of()),
            kept: self.graph.shape(stage.output).stored(),
            epilogue,
        })
    }

    /// The shapes of a stage's inputs as its arrays have them.
    pub(crate) fn inputs(&self, stage: &Stage) -> Vec<Shape> {
        let inputs = stage.inputs.iter();
        let stored = inputs.map(|&value| self.graph.shape(value).stored());
        stored.collect()
    }

    /// The sizes of a stage's parameter tensors as its arrays have them: on a signal the windows of
    /// kernels have one row, of which nobody else knows.
    pub(crate) fn parameter_arrays(&self, stage: &Stage) -> Vec<Vec<usize>> {
        let parameters = self.layer(stage).parameters(&self.inputs(stage));
        parameters.into_iter().map(|one| one.shape).collect()
    }

    /// The channels of a stage's output, or the elements of a vector.
    pub(crate) fn channels(&self, stage: &Stage) -> usize {
        self.graph.shape(stage.output).sizes()[0]
    }

    /// The layer of a stage.
    pub(crate) fn layer(&self, stage: &Stage) -> &dyn Layer {
        self.graph.graph.nodes[stage.node].layer.as_ref()
    }

    /// Whether training leaves the parameters and statistics of a stage's layer as they are.
    pub(crate) fn is_frozen(&self, stage: &Stage) -> bool {
        self.graph.graph.nodes[stage.node].is_frozen
    }

    /// Whether training learns something of a stage itself.
    pub(crate) fn learns(&self, stage: &Stage) -> bool {
        !self.is_frozen(stage) && !self.graph.parameters[stage.node].is_empty()
    }

    /// Whether a value depends on a parameter that is not frozen, so that training needs its gradient.
    pub(crate) fn is_learned(&self, value: ValueId) -> bool {
        self.learned[value.0]
    }

    /// The value whose storage `value` shares in a mode.
    pub(crate) fn stored_in(&self, value: ValueId, mode: Mode) -> ValueId {
        self.storage[mode as usize][value.0]
    }

    /// The value whose gradient is stored where that by `value` will be.
    pub(crate) fn gradient_in(&self, value: ValueId) -> ValueId {
        self.gradients[value.0]
    }

    /// The input of a stage by which the gradient stands where that by its output did.
    fn in_place(&self, stage: &Stage) -> Option<usize> {
        let inputs = &mut stage.inputs.iter();
        inputs.position(|&input| self.gradient_in(input) != input)
    }

    /// Whether a stage is no code in a mode: its output is its input's storage.
    pub(crate) fn is_free(&self, stage: &Stage, mode: Mode) -> bool {
        is_free(&self.graph.graph.nodes[stage.node], mode)
    }
}

#[cfg(test)]
mod tests;
