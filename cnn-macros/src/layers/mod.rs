//! The layers: one file each, and the registry of their words.
//!
//! A layer knows its options, its shape rule, its parameters and the loops that compute it. It knows
//! no neighbour; the passes know no layer, only this trait.

mod avg_pool;
mod conv;
mod dense;
mod flatten;
mod leaky_relu;
mod max_pool;
pub(crate) mod options;
mod relu;
mod sigmoid;
mod tanh;
mod window;

use std::fmt::Debug;

use proc_macro2::Span;

use crate::kernel::{Elementwise, Kernel, Packing, Site};
use crate::shape::Shape;

/// Every word of the language. A new layer is a file and an entry here.
pub(crate) const WORDS: &[&options::Word] = &[
    &conv::WORD,
    &dense::WORD,
    &max_pool::WORD,
    &avg_pool::WORD,
    &flatten::WORD,
    &relu::WORD,
    &leaky_relu::WORD,
    &tanh::WORD,
    &sigmoid::WORD,
];

/// The lints that layers can give.
pub(crate) const LINTS: &[&str] = &[window::UNREAD_ROWS, window::UNREAD_COLUMNS];

/// One layer of a network, with its options read.
pub(crate) trait Layer: Debug {
    /// The shape of the output, or why there is none.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault>;

    /// The output's shape where it does not depend on the input: what can still be checked after a
    /// mistake.
    fn output_without_input(&self) -> Option<Shape> {
        None
    }

    /// The layer as it would be written to make the network end with `wanted` where it ends with
    /// `found`, if that is for this layer to say.
    fn with_outputs(&self, _wanted: Shape, _found: Shape) -> Option<String> {
        None
    }

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

    /// Whether the output is the input read in another shape, element for element.
    fn is_view(&self) -> bool {
        false
    }

    /// The function of each element that the layer is, if it is one.
    fn elementwise(&self) -> Option<&dyn Elementwise> {
        None
    }

    /// Whether the layer's kernels can apply an activation to every result.
    fn takes_epilogue(&self) -> bool {
        false
    }

    /// The forward function of a block. Not called for a view.
    fn forward(&self, site: &Site<'_>) -> Kernel;

    /// The backward functions of a block, in order. Not called for a view.
    ///
    /// One of them writes the whole gradient of each input; the others add to the parameters'.
    fn backward(&self, site: &Site<'_>) -> Vec<Kernel>;

    /// The forward function of one sample, channels in the lanes.
    fn single(&self, site: &Site<'_>) -> Kernel;

    /// The weights that `single` reads, if it reads any.
    fn packing(&self, _site: &Site<'_>) -> Option<Packing> {
        None
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
