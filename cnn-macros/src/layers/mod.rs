//! The layers: one file each, and the registry of their words.
//!
//! A layer knows its options, its shape rule, its parameters and the loops that compute it. It knows
//! no neighbour; the passes know no layer, only this trait.

mod adaptive_avg_pool;
mod add;
mod avg_pool;
mod batch_norm;
mod branches;
mod concat;
mod conv;
mod convolution;
mod crop;
mod dense;
mod depthwise_conv;
mod dropout;
mod dropping;
mod elu;
mod fault;
mod flatten;
mod folding;
mod gelu;
mod global_avg_pool;
mod global_max_pool;
mod global_pooling;
mod group_norm;
mod hard_sigmoid;
mod hard_swish;
mod instance_norm;
mod layer_norm;
mod leaky_relu;
mod log_softmax;
mod margins;
mod max_pool;
mod mish;
mod multiply;
mod norm;
pub(crate) mod options;
mod over_channels;
mod pad;
mod pages;
mod pixel_shuffle;
mod pooling;
mod prelu;
mod properties;
mod reference;
mod relu;
mod relu6;
mod reshape;
mod selu;
mod sigmoid;
mod silu;
mod sliding;
mod softmax;
mod softplus;
mod spatial_dropout;
mod tanh;
mod transposed_conv;
mod upsample;
mod whole_batch;

use std::fmt::Debug;

use crate::kernel::{Elementwise, Kernel, Packing, Scratch, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;
pub(crate) use fault::{At, Change, Fault};
use options::Kind;
pub(crate) use properties::{Interval, Properties, Removal};
pub(crate) use whole_batch::{Reduction, Rule, Statistic, StatisticRole};

/// The registry. A layer that stands here is part of the language.
pub(crate) const KINDS: &[&Kind] = &[
    &conv::KIND,
    &depthwise_conv::KIND,
    &transposed_conv::KIND,
    &dense::KIND,
    &max_pool::KIND,
    &avg_pool::KIND,
    &batch_norm::KIND,
    &dropout::KIND,
    &spatial_dropout::KIND,
    &global_avg_pool::KIND,
    &global_max_pool::KIND,
    &adaptive_avg_pool::KIND,
    &flatten::KIND,
    &reshape::KIND,
    &pad::KIND,
    &crop::KIND,
    &upsample::KIND,
    &pixel_shuffle::KIND,
    &relu::KIND,
    &relu6::KIND,
    &leaky_relu::KIND,
    &prelu::KIND,
    &elu::KIND,
    &selu::KIND,
    &gelu::KIND,
    &silu::KIND,
    &mish::KIND,
    &hard_sigmoid::KIND,
    &hard_swish::KIND,
    &tanh::KIND,
    &sigmoid::KIND,
    &add::KIND,
    &multiply::KIND,
    &concat::KIND,
    &softplus::KIND,
    &softmax::KIND,
    &log_softmax::KIND,
    &layer_norm::KIND,
    &group_norm::KIND,
    &instance_norm::KIND,
];

/// The layer that a `residual` ends with.
pub(crate) const SUM: &Kind = &add::KIND;

/// Words of the language that are no layers: they say how layers are joined.
pub(crate) const STRUCTURE: &[&str] = &["block", "identity", "net", "repeat", "residual"];

/// The names of all warnings.
pub(crate) const LINTS: &[&str] = &[
    "final_dropout",
    "mostly_padding",
    "repeated_probabilities",
    "unread_columns",
    "unread_rows",
    "unused_block",
    "unused_constant",
    "unused_label",
    "unused_parameter",
    "useless_bias",
    "void_activation",
];

/// The layer with this word.
pub(crate) fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.word == word).copied()
}

/// One layer of a network, with its options read.
pub(crate) trait Layer: Debug {
    /// The shape of the output, or why there is none.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault>;

    /// The shape of the output whatever flows in, so that work can go on behind a fault.
    fn constant_output(&self) -> Option<Shape> {
        None
    }

    /// The change of an option that would make the output `wanted`, if the shape of the input, as
    /// far as it is known, allows it.
    fn fit(&self, _input: Option<Shape>, _wanted: Shape) -> Option<Change> {
        None
    }

    /// The parameter tensors, in PyTorch's order. Called only with inputs of the rank that the
    /// layer takes.
    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        Vec::new()
    }

    /// The tensors of running statistics, under PyTorch's names. A layer with moments of its input has
    /// three: their mean, their variance, and how many batches they were taken from.
    fn statistics(&self, _inputs: &[Shape]) -> Vec<Statistic> {
        Vec::new()
    }

    /// What training needs of the whole batch, unless the layer is frozen. Each is a barrier that all blocks
    /// wait at.
    fn reductions(&self, _inputs: &[Shape]) -> Vec<Reduction> {
        Vec::new()
    }

    /// Multiply–accumulates of one sample, forward.
    fn forward_macs(&self, _inputs: &[Shape]) -> u64 {
        0
    }

    /// What the layer says of itself, for warnings about where it stands.
    fn properties(&self) -> Properties {
        Properties::default()
    }

    /// What the elements of the output can be if those of the inputs are in these intervals. NaN, and
    /// what comes of infinities, is not spoken of.
    fn range(&self, _inputs: &[Interval]) -> Interval {
        Interval::ALL
    }

    /// Things that are legal but probably not meant, as far as the layer itself can see.
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

    /// Whether inference has nothing to compute, and training has not where the layer is frozen: the output is
    /// the input.
    fn is_identity_in_inference(&self) -> bool {
        false
    }

    /// Whether the layer draws numbers, by its position in the network.
    fn draws(&self) -> bool {
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

    /// Whether the backward functions take the gradient by what is *before* a fused activation themselves,
    /// where they read the gradient by what is behind it; otherwise a function of its own runs first.
    fn pulls_back(&self, _epilogue: &dyn Elementwise) -> bool {
        false
    }

    /// Whether the gradient by any one of the inputs can stand where that by the output did, all of one shape:
    /// where [`Site::in_place`] asks for it, the last function of the backward pass updates it, or none does if
    /// it is the same.
    fn updates_gradient(&self) -> bool {
        false
    }

    /// Whether the backward pass recomputes the output for those who read it, by the last of the forward functions:
    /// where that reads no more than the layer's own backward functions do, and takes about as long as to read what it
    /// gives.
    fn is_recomputed(&self, _site: &Site<'_>) -> bool {
        false
    }

    /// The window, if the output is the largest of windows that lie side by side, and the first of equal ones
    /// receives the gradient.
    fn largest_of(&self) -> Option<[usize; 2]> {
        None
    }

    /// Whether the functions of a mode can keep of their results only the largest of such windows
    /// ([`Site::largest`]). Those of one sample then have channels in the lanes.
    fn keeps_largest(
        &self,
        _inputs: &[Shape],
        _output: Shape,
        _window: [usize; 2],
        _mode: Mode,
    ) -> bool {
        false
    }

    /// Whether each element of the output is the largest of some elements of the input, which receives its
    /// gradient. Functions of a block then apply a fused activation that clamps, and pull its gradient back.
    fn takes_maximum(&self) -> bool {
        false
    }

    /// The forms in which the layer can compute forward in a mode, of which one is chosen. In
    /// training the layouts of the gradients are those of the values.
    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        vec![Form::usual(mode, output)]
    }

    /// What training computes before [`forward`](Layer::forward): the block's part of a reduction, of which a
    /// frozen layer has none.
    fn before_forward(&self, _site: &Site<'_>) -> Option<Kernel> {
        None
    }

    /// Buffers of the layer's own, beside its values.
    fn scratch(&self, _site: &Site<'_>) -> Vec<Scratch> {
        Vec::new()
    }

    /// The functions that run before `forward` and leave something for it in the scratch.
    fn prepare(&self, _site: &Site<'_>) -> Vec<Kernel> {
        Vec::new()
    }

    /// The forward function in the form of the site. Not called for a view of a block.
    fn forward(&self, site: &Site<'_>) -> Kernel;

    /// The backward functions in the form of the site, in order. Not called for a view.
    ///
    /// One of them writes the whole gradient of each input; the others add to the parameters', or
    /// write nothing but scratch, from which the input's gradient is made. Those that add to the parameters'
    /// are left out where the layer [is frozen](Site::is_frozen), and nothing may rely on them there.
    fn backward(&self, site: &Site<'_>) -> Vec<Kernel>;

    /// The scale and the shift of each channel that the layer is in inference, if it is no more than
    /// that: the function that fills `Tensor::Scale` and `Tensor::Shift`.
    fn affine(&self, _inputs: &[Shape]) -> Option<Kernel> {
        None
    }

    /// Whether `packing` can put the scale and the shift of a layer behind into the weights.
    fn takes_affine(&self) -> bool {
        false
    }

    /// The weights that `forward` of one sample reads, if it reads any; and the weights and biases of a
    /// block, as the parameters lie, into which a scale and a shift are folded.
    fn packing(&self, _site: &Site<'_>) -> Option<Packing> {
        None
    }
}

/// How a layer bears on the initialization of the weights before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Keeps the scale and hands on what comes after it: pooling, flatten.
    Transparent,
    /// Drops about half of the variance: relu and its relatives.
    Rectifier,
    /// Keeps a variance of 1 if it is given one: selu.
    SelfNormalizing,
    /// Saturates: tanh, sigmoid.
    Saturating,
    /// Has weights of its own: what comes after it does not matter.
    Weights,
}

/// A parameter tensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    /// `weight`, `bias`.
    pub(crate) name: &'static str,
    /// The sizes in PyTorch's order.
    pub(crate) shape: Vec<usize>,
    pub(crate) role: Role,
}

impl Parameter {
    /// The tensor as PyTorch has it for a signal: `[o][i][k]`, without the row of the image that the
    /// loops see.
    pub(crate) fn of_signal(mut self) -> Self {
        if let [_, .., rows, _] = self.shape[..] {
            debug_assert_eq!(rows, 1, "a signal is an image of one row");
            self.shape.remove(self.shape.len() - 2);
        }
        self
    }
}

/// What a parameter tensor is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    /// Multiplies inputs: initialized from the number of inputs and outputs that meet in it.
    Weight { fan_in: usize, fan_out: usize },
    /// Is added to outputs.
    Bias,
    /// Multiplies one value each, and begins with this number.
    Factor { initial: f64 },
}

/// A warning with a name by which it can be silenced.
#[derive(Clone, Debug)]
pub(crate) struct Lint {
    /// `unread_rows`.
    pub(crate) name: &'static str,
    pub(crate) at: At,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}
