//! Losses: the value of a block of outputs, and its gradient.

mod absolute_error;
mod binary_cross_entropy;
mod cross_entropy;
mod elements;
mod huber;
mod label_weights;
mod logits;
mod softmax;
mod squared_error;

pub use absolute_error::MeanAbsoluteError;
pub use binary_cross_entropy::BinaryCrossEntropy;
pub use cross_entropy::{CrossEntropy, SoftmaxCrossEntropy};
pub use huber::Huber;
pub use label_weights::LabelWeights;
pub use logits::{ClassWeights, EqualWeights, Logits};
pub use squared_error::MeanSquaredError;

use core::fmt;
use core::ops::AddAssign;

use crate::element::BlockElement;
use crate::hyperparameter::HyperparameterFault;
use crate::lanes::Lanes;
use crate::shape::Shape;
use crate::simd::{Scalar, Simd};
use crate::target::Target;

/// A loss over outputs of shape `Output`, averaged over the batch.
///
/// The mean is a weighted one: every sample has a [`weight`](Loss::weight), 1 unless the loss says
/// otherwise, and the sum of the losses is divided by the sum of the weights of the whole batch. That
/// sum is known before the first block of the batch is computed, since a block is only a part of it.
#[diagnostic::on_unimplemented(
    message = "the loss `{Self}` is not defined on outputs of shape `{Output}`",
    label = "this loss does not fit the network's output"
)]
pub trait Loss<Output: Shape>: Send + Sync {
    /// What a sample is trained towards.
    type Target: Target;

    /// Whether [`BlockLoss::correct`] is counted, so that there is an accuracy.
    const COUNTS_CORRECT: bool = false;

    /// Whether every sample has the weight 1, so that no [`weight`](Self::weight) is asked for.
    const EQUAL_WEIGHTS: bool = false;

    /// Checks the loss's own numbers, before training starts.
    ///
    /// # Errors
    /// A number that is out of its range.
    fn validate(&self) -> Result<(), HyperparameterFault> {
        Ok(())
    }

    /// Whether `target` can be meant: a class in range, finite values of the output's size.
    ///
    /// # Errors
    /// The sentence that tells what was found and what was expected.
    fn check(&self, target: <Self::Target as Target>::Ref<'_>) -> Result<(), TargetFault>;

    /// How much a sample counts in the mean of its batch: finite, and not negative.
    fn weight(&self, _target: <Self::Target as Target>::Ref<'_>) -> f64 {
        1.0
    }

    /// The sum of the weights of some targets, in their order.
    fn total_weight<'a>(
        &self,
        targets: impl IntoIterator<Item = <Self::Target as Target>::Ref<'a>>,
    ) -> f64 {
        let targets = targets.into_iter();
        match Self::EQUAL_WEIGHTS {
            true => targets.count() as f64,
            false => targets.map(|target| self.weight(target)).sum(),
        }
    }

    /// The part of one block in the mean loss of a batch, and its gradient.
    ///
    /// `total_weight` is the sum of the weights of all samples of the batch, of this block and of the
    /// others. If it is zero nothing counts, and both loss and gradient are zero.
    /// `output` and `d_output` have `Output::ELEMENTS` elements, each with the numbers of sixteen samples or
    /// of one, as the network is trained: `output[e].samples()[n]` is element `e` of sample `n`.
    /// `targets` has one entry per sample of the block, at most as many, and only those count. Where there is no
    /// sample `output` may be any number, also NaN: it is left out, not multiplied by zero.
    /// `d_output` is overwritten; where there is no sample it becomes zero.
    fn block<S: Simd, E: BlockElement>(
        &self,
        simd: S,
        total_weight: f64,
        output: &[E],
        targets: &[<Self::Target as Target>::Ref<'_>],
        d_output: &mut [E],
    ) -> BlockLoss;
}

/// What one block adds to the figures of its batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockLoss {
    /// Its part of the mean loss.
    pub loss: f64,
    /// The sum of the weights of its samples.
    pub weight: f64,
    /// How many predictions were looked at; 0 where the loss knows no classes.
    pub counted: usize,
    /// How many of them are correct.
    pub correct: usize,
}

impl AddAssign for BlockLoss {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.weight += other.weight;
        self.counted += other.counted;
        self.correct += other.correct;
    }
}

/// A target that a loss cannot accept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetFault {
    /// A class index that is not below the number of classes.
    Class {
        /// The class found.
        found: usize,
        /// The number of classes.
        classes: usize,
    },
    /// The class of a pixel that is not below the number of classes.
    PixelClass {
        /// The pixel's row and column.
        pixel: [usize; 2],
        /// The class found.
        found: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A target of another size.
    Length {
        /// The elements found.
        found: usize,
        /// The elements expected.
        expected: usize,
    },
    /// A value that is infinite or NaN.
    NotFinite {
        /// The index of the element.
        element: usize,
    },
    /// A value that is no probability.
    NotProbability {
        /// The index of the element.
        element: usize,
        /// Its value.
        found: f32,
    },
}

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class { found, classes } => write!(
                f,
                "is class {found}, but the network tells {classes} classes apart, 0 to {}; \
                 correct the label, or give the last layer more outputs",
                classes.saturating_sub(1)
            ),
            Self::PixelClass {
                pixel: [row, column],
                found,
                classes,
            } => write!(
                f,
                "is class {found} at row {row}, column {column}, but the network tells {classes} \
                 classes apart, 0 to {}; correct the label, or leave it out with \
                 `SoftmaxCrossEntropy.ignore_index({found})`",
                classes.saturating_sub(1)
            ),
            Self::Length { found, expected } => write!(
                f,
                "has {found} elements, but the network's output has {expected}"
            ),
            Self::NotFinite { element } => write!(
                f,
                "is infinite or NaN at element {element}; remove the sample or repair its target"
            ),
            Self::NotProbability { element, found } => write!(
                f,
                "is {found} at element {element}, expected a probability from 0 to 1; scale the \
                 targets, or choose a loss of values such as `MeanSquaredError`"
            ),
        }
    }
}

/// `weight` in the lanes of a [row](BlockElement::ROW) that belong to one of `samples` samples.
#[inline(always)]
fn lane_weights<E: BlockElement>(samples: usize, weight: f64) -> Lanes<E::Scalar> {
    let mut weights = Lanes::splat(E::Scalar::ZERO);
    for (lane, of_lane) in weights.0.iter_mut().enumerate() {
        if E::at(0, lane)[0] < samples {
            *of_lane = E::Scalar::from_f64(weight);
        }
    }
    weights
}

#[cfg(test)]
mod tests;
