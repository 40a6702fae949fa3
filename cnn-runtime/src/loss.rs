//! Losses: the value of a block of outputs, and its gradient.

use crate::lanes::Lanes;
use crate::shape::Shape;
use crate::simd::{Scalar, Simd};
use crate::target::Target;

/// A loss over outputs of shape `Output`, averaged over the batch.
#[diagnostic::on_unimplemented(
    message = "the loss `{Self}` is not defined on outputs of shape `{Output}`",
    label = "this loss does not fit the network's output"
)]
pub trait Loss<Output: Shape>: Send + Sync {
    /// What a sample is trained towards.
    type Target: Target;

    /// Whether `target` can be meant: a class in range, finite values of the output's size.
    ///
    /// # Errors
    /// The sentence that tells what was found and what was expected.
    fn check(&self, target: <Self::Target as Target>::Ref<'_>) -> Result<(), TargetFault>;

    /// The part of one block in the mean loss of a batch of `batch` samples, and its gradient.
    ///
    /// `output` and `d_output` have `Output::ELEMENTS` elements, samples in the lanes;
    /// `targets` has one entry per sample of the block, at most 16, and only those lanes count.
    /// `d_output` is overwritten; lanes without a sample become zero.
    fn block<T: Scalar, S: Simd>(
        &self,
        simd: S,
        batch: usize,
        output: &[Lanes<T>],
        targets: &[<Self::Target as Target>::Ref<'_>],
        d_output: &mut [Lanes<T>],
    ) -> BlockLoss;
}

/// What one block adds to the figures of its batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockLoss {
    /// Its part of the mean loss.
    pub loss: f64,
    /// How many of its samples are classified correctly; 0 where the loss knows no classes.
    pub correct: usize,
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
}
