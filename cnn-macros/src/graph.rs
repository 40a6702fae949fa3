//! The intermediate forms between the passes: what a network is, after names and after shapes.

use proc_macro2::Span;
use syn::{Attribute, Ident, Visibility};

use crate::layers::{Layer, Parameter};
use crate::shape::Shape;

/// A value that flows through a network: 0 is the input, `n + 1` the output of node `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueId(pub(crate) usize);

impl ValueId {
    /// The network's input.
    pub(crate) const INPUT: Self = Self(0);
}

/// Names are resolved and every word is a layer; no value has a shape yet.
pub(crate) struct Graph {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: Shape,
    pub(crate) input_span: Span,
    /// In topological order: a node's inputs are the input or outputs of earlier nodes.
    pub(crate) nodes: Vec<Node>,
    pub(crate) output: ValueId,
    /// The shape that ends the declaration, if there is one.
    pub(crate) asserted: Option<(Shape, Span)>,
}

/// One layer in its place.
pub(crate) struct Node {
    /// The label or the automatic name, `conv1`.
    pub(crate) name: String,
    /// Where the label was written, or else the layer's word.
    pub(crate) name_span: Span,
    /// Where the layer's word was written.
    pub(crate) source_span: Span,
    /// The layer as it was written, without its label: `conv<5x5>(6)`.
    pub(crate) source: String,
    /// The lints that `#[allow(…)]` before the step silences.
    pub(crate) allowed: Vec<String>,
    pub(crate) layer: Box<dyn Layer>,
    pub(crate) inputs: Vec<ValueId>,
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
