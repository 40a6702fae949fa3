//! Joins what is computed together.
//!
//! *Needs* a [`ShapedGraph`]. *Leaves* [`Fused`]: the stages that become functions. A view (a layer
//! that only reads its input in another shape) shares its input's storage while samples are in the
//! lanes; an activation whose input is used by nothing else becomes the epilogue of the layer before.

use crate::graph::{ShapedGraph, ValueId};
use crate::kernel::Site;
use crate::layers::Layer;
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// A network as the stages that compute it.
pub(crate) struct Fused {
    pub(crate) graph: ShapedGraph,
    pub(crate) stages: Vec<Stage>,
    /// For each value the one whose storage it shares: itself, or the origin of a view.
    storage: Vec<ValueId>,
    learned: Vec<bool>,
}

/// A layer, perhaps with an activation behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The node that is computed.
    pub(crate) node: usize,
    /// The node of the fused activation.
    pub(crate) epilogue: Option<usize>,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) output: ValueId,
    /// Whether the layer only reads its input in another shape.
    pub(crate) is_view: bool,
}

impl Stage {
    /// The last node that the stage computes.
    pub(crate) fn last_node(&self) -> usize {
        self.epilogue.unwrap_or(self.node)
    }
}

/// Finds the stages of a network.
pub(crate) fn fuse(graph: ShapedGraph) -> Fused {
    let uses = count_uses(&graph);
    let mut storage: Vec<ValueId> = (0..=graph.graph.nodes.len()).map(ValueId).collect();
    let mut stages: Vec<Stage> = Vec::new();
    for (index, node) in graph.graph.nodes.iter().enumerate() {
        let output = ValueId(index + 1);
        let is_view = node.layer.is_view();
        if is_view {
            storage[output.0] = storage[node.inputs[0].0];
        }
        if let Some(stage) = stages.last_mut()
            && node.layer.elementwise().is_some()
            && stage.epilogue.is_none()
            && stage.output == node.inputs[0]
            && uses[stage.output.0] == 1
            && graph.graph.nodes[stage.node].layer.takes_epilogue()
        {
            stage.epilogue = Some(index);
            stage.output = output;
            continue;
        }
        stages.push(Stage {
            node: index,
            epilogue: None,
            inputs: node.inputs.clone(),
            output,
            is_view,
        });
    }
    let learned = learned(&graph);
    Fused {
        graph,
        stages,
        storage,
        learned,
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

/// Which values depend on a parameter.
fn learned(graph: &ShapedGraph) -> Vec<bool> {
    let mut learned = vec![false];
    for (node, parameters) in graph.graph.nodes.iter().zip(&graph.parameters) {
        let upstream = node.inputs.iter().any(|input| learned[input.0]);
        learned.push(upstream || !parameters.is_empty());
    }
    learned
}

impl Fused {
    /// The forms in which a stage can be computed in a mode.
    pub(crate) fn forms(&self, stage: &Stage, mode: Mode) -> Vec<Form> {
        let output = self.graph.shape(stage.output).stored();
        self.layer(stage).forms(&self.inputs(stage), output, mode)
    }

    /// Calls `work` with the site of a stage in a form.
    pub(crate) fn at_site<R>(
        &self,
        stage: &Stage,
        form: Form,
        work: impl FnOnce(&Site<'_>) -> R,
    ) -> R {
        let inputs = self.inputs(stage);
        let epilogue = stage
            .epilogue
            .and_then(|node| self.graph.graph.nodes[node].layer.elementwise());
        work(&Site {
            inputs: &inputs,
            output: self.graph.shape(stage.output).stored(),
            form,
            epilogue,
        })
    }

    /// The shapes of a stage's inputs as its arrays have them.
    fn inputs(&self, stage: &Stage) -> Vec<Shape> {
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

    /// The layer of a stage.
    pub(crate) fn layer(&self, stage: &Stage) -> &dyn Layer {
        self.graph.graph.nodes[stage.node].layer.as_ref()
    }

    /// Whether a value depends on a parameter, so that training needs its gradient.
    pub(crate) fn is_learned(&self, value: ValueId) -> bool {
        self.learned[value.0]
    }

    /// The value whose storage `value` shares.
    pub(crate) fn stored_in(&self, value: ValueId) -> ValueId {
        self.storage[value.0]
    }
}
