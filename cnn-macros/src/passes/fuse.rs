//! Joins what is computed together.
//!
//! *Needs* a [`ShapedGraph`]. *Leaves* [`Fused`]: the stages that become functions. A view (a layer
//! that only reads its input in another shape) shares its input's storage while samples are in the
//! lanes; an activation whose input is used by nothing else, not even by its own backward, becomes the
//! epilogue of the layer before.

use crate::graph::{ShapedGraph, ValueId};
use crate::kernel::{Reads, Site};
use crate::layers::Layer;
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// A network as the stages that compute it.
pub(crate) struct Fused {
    pub(crate) graph: ShapedGraph,
    pub(crate) stages: Vec<Stage>,
    /// For each mode and value the one whose storage it shares: itself, or the origin of a view.
    storage: [Vec<ValueId>; 3],
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
    let mut stages: Vec<Stage> = Vec::new();
    for (index, node) in graph.graph.nodes.iter().enumerate() {
        let output = ValueId(index + 1);
        if let Some(stage) = stages.last_mut()
            && can_be_epilogue(node.layer.as_ref())
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
        });
    }
    let learned = learned(&graph);
    let storage = Mode::ALL.map(|mode| storage(&graph, mode));
    Fused {
        graph,
        stages,
        storage,
        learned,
    }
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
        storage.push(match is_free(node.layer.as_ref(), mode) {
            true => storage[node.inputs[0].0],
            false => ValueId(index + 1),
        });
    }
    storage
}

/// Whether a layer's output is its input's storage in a mode.
fn is_free(layer: &dyn Layer, mode: Mode) -> bool {
    match mode {
        Mode::Training => layer.is_view(),
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
        (mode, form): (Mode, Form),
        work: impl FnOnce(&Site<'_>) -> R,
    ) -> R {
        let inputs = self.inputs(stage);
        let epilogue = stage
            .epilogue
            .and_then(|node| self.graph.graph.nodes[node].layer.elementwise());
        work(&Site {
            inputs: &inputs,
            output: self.graph.shape(stage.output).stored(),
            mode,
            form,
            number: stage.node,
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

    /// The layer of a stage.
    pub(crate) fn layer(&self, stage: &Stage) -> &dyn Layer {
        self.graph.graph.nodes[stage.node].layer.as_ref()
    }

    /// Whether a value depends on a parameter, so that training needs its gradient.
    pub(crate) fn is_learned(&self, value: ValueId) -> bool {
        self.learned[value.0]
    }

    /// The value whose storage `value` shares in a mode.
    pub(crate) fn stored_in(&self, value: ValueId, mode: Mode) -> ValueId {
        self.storage[mode as usize][value.0]
    }

    /// Whether a stage is no code in a mode: its output is its input's storage.
    pub(crate) fn is_free(&self, stage: &Stage, mode: Mode) -> bool {
        is_free(self.layer(stage), mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::testing::find;

    /// For each stage the words of its layers.
    fn stages(chain: &str) -> Vec<String> {
        let outline = find(chain).outlines.remove(0);
        let fused = fuse(outline.complete().expect("the chain is right"));
        let name = |node: usize| fused.graph.graph.nodes[node].name.clone();
        let stages = fused.stages.iter().map(|stage| match stage.epilogue {
            Some(epilogue) => format!("{} {}", name(stage.node), name(epilogue)),
            None => name(stage.node),
        });
        stages.collect()
    }

    #[test]
    fn activations_are_fused_if_their_output_is_enough_to_go_back() {
        assert_eq!(
            stages(
                "A: 1x8x8 -> conv<3x3>(2) -> relu -> conv<3x3>(2) -> gelu -> group_norm(2) -> elu"
            ),
            ["conv1 relu1", "conv2", "gelu1", "group_norm1 elu1"]
        );
    }

    #[test]
    fn one_activation_is_fused_and_none_behind_another() {
        assert_eq!(
            stages("A: 9 -> dense(4) -> tanh -> sigmoid -> silu -> relu -> prelu -> relu"),
            [
                "dense1 tanh1",
                "sigmoid1",
                "silu1",
                "relu1",
                "prelu1",
                "relu2"
            ]
        );
    }
}
