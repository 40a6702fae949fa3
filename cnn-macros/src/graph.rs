//! The intermediate forms between the passes: what a network is, after names and after shapes.

#[cfg(test)]
mod dump;

use std::ops::Range;

use proc_macro2::Span;
use syn::{Attribute, Ident, Visibility};

use crate::diagnostics::{Region, Reported};
use crate::layers::options::Kind;
use crate::layers::{Layer, Parameter};
use crate::layout::Layout;
use crate::passes::bind::Places;
use crate::passes::variants::Variants;
use crate::shape::Shape;
use crate::syntax::LayerSyntax;

/// A value that flows through a network: 0 is the input, `n + 1` the output of node `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueId(pub(crate) usize);

impl ValueId {
    /// The network's input.
    pub(crate) const INPUT: Self = Self(0);
}

/// Names are resolved; what could not be understood has been reported and is missing.
pub(crate) struct Draft {
    pub(crate) attributes: Vec<Attribute>,
    /// What `network_attributes::take_avoided` found.
    pub(crate) avoided: Option<Layout>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: Result<Shape, Reported>,
    /// In topological order.
    pub(crate) nodes: Vec<DraftNode>,
    pub(crate) output: ValueId,
    /// Shapes that were written of values inside.
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) freezes: Vec<Freeze>,
    /// The shape that ends the declaration, if there is one.
    pub(crate) asserted: Option<(Result<Shape, Reported>, Region)>,
}

/// A value whose shape was written at `region`.
pub(crate) struct Expectation {
    pub(crate) value: ValueId,
    pub(crate) shape: Shape,
    pub(crate) region: Region,
    /// What says so: `` `Backbone` takes 3x32x32 ``.
    pub(crate) what: String,
    pub(crate) end: End,
}

/// Which end of a network inside of a network a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Read by the nodes of the network as if what is expected were true.
    Input {
        inside: Range<usize>,
    },
    Output,
}

impl End {
    /// Whether it is the input of a network that the node is in.
    pub(crate) fn is_input_of(&self, node: usize) -> bool {
        matches!(self, Self::Input { inside } if inside.contains(&node))
    }
}

/// A step that was written with `#[frozen]`, at `region`.
pub(crate) struct Freeze {
    /// What the step became.
    pub(crate) nodes: Range<usize>,
    pub(crate) region: Region,
}

/// One step in its place.
pub(crate) struct DraftNode {
    /// The label or the automatic name, `conv1`.
    pub(crate) name: String,
    /// Where the label was written, or else the layer's word.
    pub(crate) name_span: Span,
    pub(crate) has_label: bool,
    /// Documentation that was written before the step.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) allowed: Vec<String>,
    /// Whether training leaves its parameters as they are.
    pub(crate) is_frozen: bool,
    pub(crate) inputs: Vec<ValueId>,
    /// The layer as it was written, if it could be read.
    pub(crate) syntax: Option<LayerSyntax>,
    /// Its entry in the registry, if the word is known.
    pub(crate) kind: Option<&'static Kind>,
    pub(crate) layer: Result<(Variants, Places), Reported>,
}

/// A network without mistakes.
pub(crate) struct Graph {
    pub(crate) attributes: Vec<Attribute>,
    /// What `network_attributes::take_avoided` found.
    pub(crate) avoided: Option<Layout>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: Shape,
    /// In topological order: a node's inputs are the input or outputs of earlier nodes.
    pub(crate) nodes: Vec<Node>,
    pub(crate) output: ValueId,
}

/// One layer in its place.
pub(crate) struct Node {
    /// The label or the automatic name, `conv1`.
    pub(crate) name: String,
    /// Where the label was written, or else the layer's word.
    pub(crate) name_span: Span,
    /// The layer as it was written, without its label: `conv<5x5>(6)`; `#[frozen] conv<5x5>(6)`, if it is.
    pub(crate) source: String,
    /// Documentation that was written before the step.
    pub(crate) docs: Vec<Attribute>,
    /// Whether training leaves its parameters as they are.
    pub(crate) is_frozen: bool,
    pub(crate) layer: Box<dyn Layer>,
    pub(crate) inputs: Vec<ValueId>,
}

/// What is known of a value's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Estimate {
    Known(Shape),
    /// Behind a fault: an image of some size.
    SomeImage,
    /// Behind a fault: a signal of some length.
    SomeSignal,
    /// Behind a fault: an image or a signal.
    SomeSpatial,
    /// Behind a fault: a vector of some length.
    SomeFlat,
    /// Behind a fault: nothing is known.
    Unknown,
}

/// A network with as many shapes as its mistakes leave known.
pub(crate) struct Outline {
    pub(crate) draft: Draft,
    /// One per value, indexed by [`ValueId`].
    pub(crate) estimates: Vec<Estimate>,
    /// One list per node, where the node's input is known.
    pub(crate) parameters: Vec<Option<Vec<Parameter>>>,
    /// The network's output, unknown if it contradicts the declaration.
    pub(crate) output: Estimate,
}

/// Every value has a shape, every layer its parameters.
pub(crate) struct ShapedGraph {
    pub(crate) graph: Graph,
    /// One per value, indexed by [`ValueId`].
    pub(crate) shapes: Vec<Shape>,
    /// One list per node.
    pub(crate) parameters: Vec<Vec<Parameter>>,
}

impl ShapedGraph {
    /// The shape of a value.
    pub(crate) fn shape(&self, value: ValueId) -> Shape {
        self.shapes[value.0]
    }
}

impl Estimate {
    pub(crate) fn shape(self) -> Option<Shape> {
        match self {
            Self::Known(shape) => Some(shape),
            _ => None,
        }
    }
}

impl Outline {
    /// The network, if nothing is missing.
    pub(crate) fn complete(self) -> Option<ShapedGraph> {
        let shapes = self.estimates.iter().map(|estimate| estimate.shape());
        let shapes: Vec<Shape> = shapes.collect::<Option<_>>()?;
        self.output.shape()?;
        let parameters = self.parameters.into_iter().collect::<Option<_>>()?;
        let nodes = self.draft.nodes.into_iter();
        let nodes = nodes.map(|node| {
            let input = shapes[node.inputs[0].0];
            node.complete(input)
        });
        let nodes: Vec<Node> = nodes.collect::<Option<_>>()?;
        let graph = Graph {
            attributes: self.draft.attributes,
            avoided: self.draft.avoided,
            visibility: self.draft.visibility,
            name: self.draft.name,
            input: shapes[0],
            output: self.draft.output,
            nodes,
        };
        Some(ShapedGraph {
            graph,
            shapes,
            parameters,
        })
    }
}

impl DraftNode {
    fn complete(self, input: Shape) -> Option<Node> {
        let frozen = if self.is_frozen { "#[frozen] " } else { "" };
        Some(Node {
            name: self.name,
            name_span: self.name_span,
            source: format!("{frozen}{}", self.syntax?),
            docs: self.docs,
            is_frozen: self.is_frozen,
            layer: self.layer.ok()?.0.into_layer(input)?,
            inputs: self.inputs,
        })
    }
}
