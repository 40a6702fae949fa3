//! Softmax and cross-entropy in one, from logits: the loss, its options, and their checks.
//!
//! What is computed is in `softmax.rs`, the classes of targets in `logits.rs`.

use super::logits::{ClassWeights, EqualWeights, Logits};
use super::softmax::cross_entropy;
use super::{BlockLoss, Loss, TargetFault};
use crate::element::BlockElement;
use crate::hyperparameter::{HyperparameterFault, fraction};
use crate::simd::Simd;
use crate::target::Target;

/// The cross-entropy between the softmax of the outputs and the class: for a network that ends
/// with one logit per class, without an activation.
///
/// For logits `x: [K]` and class `t`, averaged over the batch of `N` samples:
///
/// ```text
/// loss    = log Σₖ e^xₖ − x_t
/// d_xₖ    = (softmax(x)ₖ − [k = t]) / N
/// ```
///
/// Where the output is an image `[K][H][W]` or a signal `[K][L]`, every pixel or position has its logits and
/// its class, and the mean is over those of all samples: the target is a [`ClassMap`](crate::ClassMap).
///
/// The largest logit is subtracted before the exponential, so no logit overflows it. In `f32` the
/// gradient's error is a few units of 1e-7 / N; a class that is less likely than the likeliest by a
/// factor of 1.4e-20 ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) has none. A
/// prediction is correct if its class has the largest logit, the first one if several are equal.
/// This is PyTorch's `cross_entropy`.
///
/// Label smoothing, weights of the classes and a class that is left out are options, which make a
/// [`CrossEntropy`].
///
/// ```
/// use cnn_runtime::loss::{Loss, SoftmaxCrossEntropy};
/// use cnn_runtime::Flat;
///
/// let loss: &dyn Fn(usize) -> bool = &|class| {
///     Loss::<Flat<10>>::check(&SoftmaxCrossEntropy, class).is_ok()
/// };
/// assert!(loss(9) && !loss(10));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoftmaxCrossEntropy;

/// [`SoftmaxCrossEntropy`] with options, which its methods begin.
///
/// For logits `x: [K]` and classes `t` of the samples or pixels that are not ignored, with the label
/// smoothing `ε` and the class weights `w: [K]`:
///
/// ```text
/// loss = Σ ((1 − ε) · w_t · (−log p_t) + ε/K · Σₖ wₖ · (−log pₖ)) / Σ w_t,   p = softmax(x)
/// d_xₖ = (s · pₖ − (1 − ε) · w_t · [k = t] − ε/K · wₖ) / Σ w_t,   s = (1 − ε) · w_t + ε/K · Σₖ wₖ
/// ```
///
/// Both sums are over the whole batch. This is PyTorch's `cross_entropy` with `label_smoothing`,
/// `weight` and `ignore_index`, but for a batch in which nothing counts (everything is ignored, or of
/// weight 0): PyTorch's loss of it is NaN, ours is 0 with no gradient. Smoothing is from C. Szegedy et
/// al., "Rethinking the Inception architecture for computer vision" (2016), section 7.
///
/// ```
/// use cnn_runtime::loss::{Loss, SoftmaxCrossEntropy};
/// use cnn_runtime::{Chw, Flat};
///
/// // Three classes, of which the last is rare.
/// let loss = SoftmaxCrossEntropy.label_smoothing(0.1).class_weights([1.0, 1.0, 4.0]);
/// assert_eq!(Loss::<Flat<3>>::weight(&loss, 2), 4.0);
///
/// // Segmentation, with 255 for pixels that nobody labelled.
/// let loss = SoftmaxCrossEntropy.ignore_index(255);
/// assert_eq!(Loss::<Chw<3, 1, 4>>::weight(&loss, &[0, 2, 255, 1]), 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossEntropy<W = EqualWeights> {
    pub(super) smoothing: f64,
    pub(super) weights: W,
    pub(super) ignored: Option<usize>,
}

impl SoftmaxCrossEntropy {
    /// Trains towards `1 − smoothing` for the class and the rest for all classes in equal parts.
    ///
    /// `smoothing`: from 0 to 1; 0.1 is usual.
    #[must_use]
    pub const fn label_smoothing(self, smoothing: f64) -> CrossEntropy {
        PLAIN.label_smoothing(smoothing)
    }

    /// Multiplies the loss of each sample or pixel by the weight of its class, and divides by the sum
    /// of these weights instead of their number.
    ///
    /// `weights`: one for each class, finite and not negative; equal ones change nothing.
    #[must_use]
    pub fn class_weights<const K: usize>(self, weights: [f64; K]) -> CrossEntropy<[f64; K]> {
        PLAIN.class_weights(weights)
    }

    /// Leaves samples or pixels of this class out: of the loss, of the mean, and of the accuracy.
    ///
    /// `class` may be one of the network's or not; 255 is usual for pixels without a label.
    #[must_use]
    pub const fn ignore_index(self, class: usize) -> CrossEntropy {
        PLAIN.ignore_index(class)
    }
}

/// All options as they are without being set.
const PLAIN: CrossEntropy = CrossEntropy {
    smoothing: 0.0,
    weights: EqualWeights,
    ignored: None,
};

impl<W> CrossEntropy<W> {
    /// See [`SoftmaxCrossEntropy::label_smoothing`].
    #[must_use]
    pub const fn label_smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// See [`SoftmaxCrossEntropy::class_weights`].
    #[must_use]
    pub fn class_weights<const K: usize>(self, weights: [f64; K]) -> CrossEntropy<[f64; K]> {
        CrossEntropy {
            smoothing: self.smoothing,
            weights,
            ignored: self.ignored,
        }
    }

    /// See [`SoftmaxCrossEntropy::ignore_index`].
    #[must_use]
    pub const fn ignore_index(mut self, class: usize) -> Self {
        self.ignored = Some(class);
        self
    }

    /// The class at a position of a target, unless it is ignored.
    #[inline(always)]
    pub(super) fn class<O: Logits>(
        &self,
        target: <O::Target as Target>::Ref<'_>,
        position: usize,
    ) -> Option<usize> {
        let class = O::class(target, position);
        (self.ignored != Some(class)).then_some(class)
    }
}

impl<Output: Logits> Loss<Output> for SoftmaxCrossEntropy {
    type Target = Output::Target;
    const COUNTS_CORRECT: bool = true;

    fn check(&self, target: <Output::Target as Target>::Ref<'_>) -> Result<(), TargetFault> {
        Loss::<Output>::check(&PLAIN, target)
    }

    fn weight(&self, target: <Output::Target as Target>::Ref<'_>) -> f64 {
        Output::positions(target) as f64
    }

    fn block<S: Simd, E: BlockElement>(
        &self,
        simd: S,
        total_weight: f64,
        output: &[E],
        targets: &[<Output::Target as Target>::Ref<'_>],
        d_output: &mut [E],
    ) -> BlockLoss {
        Loss::<Output>::block(&PLAIN, simd, total_weight, output, targets, d_output)
    }
}

impl<Output: Logits, W: ClassWeights<Output>> Loss<Output> for CrossEntropy<W> {
    type Target = Output::Target;
    const COUNTS_CORRECT: bool = true;

    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write for example `.label_smoothing(0.1)`";
        fraction("label smoothing", self.smoothing, help)?;
        self.weights.validate()
    }

    fn check(&self, target: <Output::Target as Target>::Ref<'_>) -> Result<(), TargetFault> {
        let found = Output::positions(target);
        if found != Output::POSITIONS {
            return Err(TargetFault::Length {
                found,
                expected: Output::POSITIONS,
            });
        }
        let out_of_range = |&position: &usize| {
            let class = self.class::<Output>(target, position);
            class.is_some_and(|class| class >= Output::CLASSES)
        };
        match (0..found).find(out_of_range) {
            Some(position) => Err(Output::fault(target, position)),
            None => Ok(()),
        }
    }

    fn weight(&self, target: <Output::Target as Target>::Ref<'_>) -> f64 {
        (0..Output::positions(target))
            .filter_map(|position| self.class::<Output>(target, position))
            .map(|class| self.weights.of(class))
            .sum()
    }

    fn block<S: Simd, E: BlockElement>(
        &self,
        simd: S,
        total_weight: f64,
        output: &[E],
        targets: &[<Output::Target as Target>::Ref<'_>],
        d_output: &mut [E],
    ) -> BlockLoss {
        cross_entropy::<Output, W, S, E>(self, simd, total_weight, output, targets, d_output)
    }
}

#[cfg(test)]
mod tests;
