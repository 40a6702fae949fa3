//! The constant description of a network, from which summary, checkpoints and diagnostics are made.

use core::ops::Range;

use crate::offer::Offer;
use crate::simd::Scalar;

/// A whole network, as the macro describes it in `SPEC`.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The type's name, `LeNet5`.
    pub name: &'static str,
    /// The input's sizes, `[1, 28, 28]`.
    pub input: &'static [usize],
    /// The output's sizes, `[10]`.
    pub output: &'static [usize],
    /// Every layer of the declaration, in order.
    pub layers: &'static [LayerSpec],
    /// Every parameter tensor, in PyTorch's order. The network's vector has first those that are learned and
    /// then those of frozen layers, each in that order.
    pub parameters: &'static [ParameterSpec],
    /// How many parameters there are that training learns and takes gradients by, the first in the network's
    /// vector.
    pub parameter_count: usize,
    /// How many parameters [frozen](LayerSpec::is_frozen) layers have.
    pub frozen_count: usize,
    /// Every tensor of running statistics, behind all parameters in the network's vector. They are
    /// learned by no optimizer, and inference reads them.
    pub statistics: &'static [ParameterSpec],
    /// The arena of one training block, in [elements](crate::Network::Element) of it.
    pub training: TrainingArena,
    /// The arena of one inference block, in [`Lanes`](crate::Lanes).
    pub inference: InferenceArena,
    /// The arena of [`freeze()`](crate::NetworkExt::freeze) on one sample, in scalars.
    pub single: SampleArena,
    /// The length of the packed weights of [`freeze()`](crate::NetworkExt::freeze), in scalars.
    pub packed: usize,
    /// The length of the weights that inference on a block has of its own, in scalars: those into which
    /// a batch normalization is folded.
    pub packed_block: usize,
    /// From how many samples on inference is faster in a block of sixteen than one after another, by the
    /// macro's estimate; above 16 where it never is.
    pub least_block: usize,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct LayerSpec {
    /// The label or automatic name, `conv1`.
    pub name: &'static str,
    /// The layer as the user wrote it, `conv<5x5>(6)`, with `#[frozen]` before it where
    /// [`is_frozen`](Self::is_frozen).
    pub layer: &'static str,
    /// The sizes of its input.
    pub input: &'static [usize],
    /// The sizes of its output.
    pub output: &'static [usize],
    /// Whether training leaves its parameters and running statistics as they are.
    pub is_frozen: bool,
    /// Multiply–accumulates of one sample, forward.
    pub forward_macs: u64,
    /// Multiply–accumulates of one sample, backward. What training does not need is not counted: the gradient
    /// by weights that are frozen, and that by an input before which nothing is learned.
    pub backward_macs: u64,
    /// Its parameter tensors, as a range of [`Spec::parameters`].
    pub parameters: Range<usize>,
}

/// One parameter tensor, or one of running statistics.
#[derive(Clone, Debug)]
pub struct ParameterSpec {
    /// The key in files, `conv1.weight`.
    pub name: &'static str,
    /// The sizes, in PyTorch's order.
    pub shape: &'static [usize],
    /// Where it begins in the network's vector.
    pub offset: usize,
    /// How many elements it has.
    pub len: usize,
    /// What [`init`](crate::init) needs to know of it.
    pub role: Role,
}

impl ParameterSpec {
    /// Its place in the network's vector.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.len
    }
}

/// What a parameter tensor is for, as far as its initialization depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Multiplies inputs.
    Weight {
        /// Inputs that reach one output.
        fan_in: usize,
        /// Outputs that one input reaches.
        fan_out: usize,
        /// What comes after the layer.
        activation: Activation,
    },
    /// Is added to outputs.
    Bias,
    /// Multiplies one value each, such as the scale of a norm: begins with a number of its own.
    Factor {
        /// What every element begins with.
        initial: f64,
    },
    /// Is no parameter: the running mean of what a layer sees; begins at zero.
    RunningMean,
    /// Is no parameter: the running variance of what a layer sees; begins at one.
    RunningVariance,
    /// Is no parameter: how many batches a layer has seen, in files an integer.
    BatchCount,
}

/// The kind of activation that follows a layer, as far as initialization depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// None, or one that keeps the scale: the output layer, a pooling.
    Linear,
    /// `relu` and its relatives, which drop half of the variance.
    Rectifier,
    /// `tanh`, `sigmoid`: symmetric around their working point.
    Saturating,
}

/// Where a training step finds things in its arena.
#[derive(Clone, Debug)]
pub struct TrainingArena {
    /// How many samples a block holds: 16, or 1 where the macro expects that to be faster. Some levels train on few
    /// samples in blocks of [`FEW`](crate::FEW).
    pub samples: usize,
    /// The length of the arena of a block, [`Arena::kept`](crate::Arena::kept), in which the ranges below
    /// are.
    pub len: usize,
    /// The most of it that is needed at one time: no other arrangement of what the same calls in the
    /// same order need could be shorter.
    pub least: usize,
    /// The length of [`Arena::shared`](crate::Arena::shared), which the blocks of a thread use one after
    /// another, for what is needed in one phase alone. A network of one phase has none.
    pub shared: usize,
    /// The most of it that is needed at one time.
    pub least_shared: usize,
    /// The input block.
    pub input: Range<usize>,
    /// The output block, after `forward`.
    pub output: Range<usize>,
    /// The gradient of the loss by the output, written before `backward`.
    pub d_output: Range<usize>,
    /// The gradient by the input, after a `backward` that was asked for it.
    pub d_input: Range<usize>,
    /// For every phase of the forward pass but the last: what its blocks leave to be merged before
    /// the next. Empty where no layer looks at the whole batch.
    pub forward: &'static [&'static [Reduction]],
    /// The same of the backward pass.
    pub backward: &'static [&'static [Reduction]],
    /// The length of the vector of merged numbers.
    pub merged: usize,
    /// The gradients by parameters that the backward pass offers its probe, in the order of its calls.
    pub offers: &'static [Offer],
}

impl TrainingArena {
    /// The arena of a network without layers, in blocks of sixteen samples.
    pub const EMPTY: Self = Self {
        samples: crate::BLOCK,
        len: 0,
        least: 0,
        shared: 0,
        least_shared: 0,
        input: 0..0,
        output: 0..0,
        d_output: 0..0,
        d_input: 0..0,
        forward: &[],
        backward: &[],
        merged: 0,
        offers: &[],
    };

    /// How many blocks a batch of `batch` samples is cut into.
    #[must_use]
    pub const fn blocks(&self, batch: usize) -> usize {
        batch.div_ceil(self.samples)
    }

    /// The samples of a batch of `batch` that are in block `block`.
    #[must_use]
    pub fn samples_of(&self, block: usize, batch: usize) -> Range<usize> {
        block * self.samples..batch.min((block + 1) * self.samples)
    }

    /// Bytes in `f32` of what a block keeps, [`Arena::kept`](crate::Arena::kept).
    #[must_use]
    pub const fn block_bytes(&self) -> usize {
        self.samples * self.len * size_of::<f32>()
    }

    /// Whether no layer looks at the whole batch, so that a block runs forward and backward at once.
    #[must_use]
    pub const fn has_one_phase(&self) -> bool {
        self.forward.is_empty() && self.backward.is_empty()
    }
}

/// Numbers that every block leaves in its arena, and that are merged over the whole batch.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// The layer that asks for it, as an index of [`Spec::layers`].
    pub layer: usize,
    /// In the arena of a block: one element for each channel, whose first two lanes hold the block's
    /// two numbers.
    pub place: Range<usize>,
    /// In the vector of merged numbers: the first number of every channel, then the second.
    pub merged: Range<usize>,
    /// How they are merged.
    pub rule: Rule,
}

/// How two numbers of every block become two of the batch.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Both are added.
    Sums,
    /// The mean and the sum of squared deviations from it become mean and variance.
    Moments {
        /// How many values a sample has in one channel.
        per_sample: usize,
        /// What follows them from step to step.
        running: Running,
    },
}

/// Statistics that follow the moments of the batches, as places in the network's vector.
#[derive(Clone, Debug)]
pub struct Running {
    /// The mean of every channel.
    pub mean: Range<usize>,
    /// The variance of every channel.
    pub variance: Range<usize>,
    /// The number of batches seen.
    pub batches: usize,
    /// The share of the newest batch.
    pub momentum: f64,
}

/// Where inference of a block finds things in its arena.
#[derive(Clone, Debug)]
pub struct InferenceArena {
    /// The length of the arena.
    pub len: usize,
    /// The most of it that is needed at one time: no other arrangement of what the same calls in the
    /// same order need could be shorter.
    pub least: usize,
    /// The input.
    pub input: Range<usize>,
    /// The output, afterwards.
    pub output: Range<usize>,
}

/// The scratch of inference on one sample.
#[derive(Clone, Debug)]
pub struct SampleArena {
    /// Its length for scalars that are `f32`, as samples are.
    pub len: usize,
    /// The most of that which is needed at one time.
    pub least: usize,
    /// How many elements are added for other scalars, to which the sample is converted.
    pub converted: usize,
}

impl SampleArena {
    /// Its length for scalars of type `T`.
    #[must_use]
    pub fn scalars<T: Scalar>(&self) -> usize {
        match T::of_singles(&[]) {
            Some(_) => self.len,
            None => self.len + self.converted,
        }
    }
}

impl Spec {
    /// A network without layers: the description of one that has a mistake.
    #[doc(hidden)]
    pub const EMPTY: &'static Self = &Self {
        name: "",
        input: &[],
        output: &[],
        layers: &[],
        parameters: &[],
        parameter_count: 0,
        frozen_count: 0,
        statistics: &[],
        training: TrainingArena::EMPTY,
        inference: InferenceArena {
            len: 0,
            least: 0,
            input: 0..0,
            output: 0..0,
        },
        single: SampleArena {
            len: 0,
            least: 0,
            converted: 0,
        },
        packed: 0,
        packed_block: 0,
        least_block: 1,
    };

    /// The length of the network's vector: parameters and running statistics.
    #[must_use]
    pub const fn value_count(&self) -> usize {
        match self.statistics.last() {
            Some(last) => last.offset + last.len,
            None => self.parameter_count + self.frozen_count,
        }
    }

    /// The parameter tensors that training learns: those of layers that are not frozen.
    pub fn learned(&self) -> impl Iterator<Item = &'static ParameterSpec> + use<> {
        let (all, count) = (self.parameters.iter(), self.parameter_count);
        all.filter(move |tensor| tensor.range().end <= count)
    }

    /// Whether a tensor is one of [`learned`](Self::learned).
    #[must_use]
    pub const fn is_learned(&self, tensor: &ParameterSpec) -> bool {
        tensor.range().end <= self.parameter_count
    }

    /// Every tensor of the network's vector: the parameters, then the running statistics.
    pub fn tensors(&self) -> impl Iterator<Item = &'static ParameterSpec> + use<> {
        self.parameters.iter().chain(self.statistics)
    }

    /// Multiply–accumulates of one sample, forward.
    #[must_use]
    pub fn forward_macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.forward_macs).sum()
    }

    /// Multiply–accumulates of one sample, backward.
    #[must_use]
    pub fn backward_macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.backward_macs).sum()
    }

    /// Bytes in `f32` of what a thread computes one block of training in: the arena with both of its
    /// parts, and gradients. Memory for blocks of [`FEW`](crate::FEW), on levels that have those, is half of the arena
    /// more. Where a layer looks at the whole batch, each further block takes
    /// [`block_bytes`](TrainingArena::block_bytes) more.
    #[must_use]
    pub const fn training_bytes(&self) -> usize {
        let shared = self.training.samples * self.training.shared;
        self.training.block_bytes() + (shared + self.parameter_count) * size_of::<f32>()
    }

    /// Bytes of [`freeze()`](crate::NetworkExt::freeze) in `f32`: arena and packed weights.
    #[must_use]
    pub const fn inference_bytes(&self) -> usize {
        (self.single.len + self.packed) * size_of::<f32>()
    }
}
