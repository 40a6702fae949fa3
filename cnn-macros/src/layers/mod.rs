//! The layers: one file each, and the registry of their words.
//!
//! A layer knows its options, its shape rule, its parameters and the loops that compute it. It knows
//! no neighbour; the passes know no layer, only this trait.

use std::fmt::Debug;

use proc_macro2::Span;

use crate::shape::Shape;

/// One layer of a network, with its options read.
pub(crate) trait Layer: Debug {
    /// The word of the language, which is also the stem of automatic names: `conv`.
    fn word(&self) -> &'static str;

    /// The shape of the output, or why there is none.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault>;

    /// The parameter tensors, in PyTorch's order. Called only with inputs that `output` accepted.
    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        Vec::new()
    }

    /// Multiply–accumulates of one sample, forward.
    fn forward_macs(&self, _inputs: &[Shape]) -> u64 {
        0
    }

    /// Things that are legal but probably not meant.
    fn lints(&self, _inputs: &[Shape]) -> Vec<Lint> {
        Vec::new()
    }

    /// What the layer before must know of this one to choose its initialization.
    fn follows(&self) -> Follows {
        Follows::Transparent
    }
}

/// How a layer bears on the initialization of the weights before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Keeps the scale and hands on what comes after it: pooling, flatten.
    Transparent,
    /// Drops about half of the variance: relu, leaky_relu.
    Rectifier,
    /// Saturates: tanh, sigmoid.
    Saturating,
    /// Has weights of its own: what comes after it does not matter.
    Weights,
}

/// A parameter tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// `weight`, `bias`.
    pub(crate) name: &'static str,
    /// The sizes in PyTorch's order.
    pub(crate) shape: Vec<usize>,
    pub(crate) role: Role,
}

/// What a parameter tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Multiplies inputs: initialized from the number of inputs and outputs that meet in it.
    Weight { fan_in: usize, fan_out: usize },
    /// Is added to outputs.
    Bias,
}

/// Why a layer cannot take its input: what is wrong, where, and what would mend it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A warning with a name by which it can be silenced.
#[derive(Clone, Debug)]
pub(crate) struct Lint {
    /// `unread_rows`.
    pub(crate) name: &'static str,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}
