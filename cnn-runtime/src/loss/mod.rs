//! Losses: the value of a block of outputs, and its gradient.

mod cross_entropy;
mod squared_error;

pub use cross_entropy::{Logits, SoftmaxCrossEntropy};
pub use squared_error::MeanSquaredError;

use core::fmt;
use core::ops::AddAssign;

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

    /// Whether [`BlockLoss::correct`] is counted, so that there is an accuracy.
    const COUNTS_CORRECT: bool = false;

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

impl AddAssign for BlockLoss {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
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

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class { found, classes } => write!(
                f,
                "is class {found}, but the network tells {classes} classes apart, 0 to {}; \
                 correct the label, or give the last layer more outputs",
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
        }
    }
}

/// One per sample of the block, divided by the batch; zero in lanes without a sample.
fn lane_weights<T: Scalar>(samples: usize, weight: f64) -> Lanes<T> {
    let mut weights = Lanes::splat(T::ZERO);
    weights.0[..samples].fill(T::from_f64(weight));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};
    use alloc::vec::Vec;

    /// Any loss on one block, on any level.
    pub(super) struct Run<'a, 't, L, R, T> {
        pub(super) loss: &'t L,
        pub(super) batch: usize,
        pub(super) output: &'a [Lanes<T>],
        pub(super) targets: &'t [R],
    }

    /// The output shape is a parameter of the trait, so it is one of the kernel.
    pub(super) struct On<O, K>(pub(super) K, pub(super) core::marker::PhantomData<O>);

    impl<'t, O: Shape, L: Loss<O>, T: Scalar> Kernel
        for On<O, Run<'_, 't, L, <L::Target as Target>::Ref<'t>, T>>
    {
        type Output = (BlockLoss, Vec<Lanes<T>>);
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let Run {
                loss,
                batch,
                output,
                targets,
            } = self.0;
            // Garbage, to see that every element is overwritten.
            let mut d_output = alloc::vec![Lanes::splat(T::from_f64(f64::NAN)); output.len()];
            let block = loss.block(simd, batch, output, targets, &mut d_output);
            (block, d_output)
        }
    }

    /// Compares the gradient with central differences on every level, in `f64`.
    pub(super) fn check_gradient<'t, O: Shape, L: Loss<O>>(
        loss: &'t L,
        output: &[Lanes<f64>],
        targets: &'t [<L::Target as Target>::Ref<'t>],
    ) {
        const STEP: f64 = 1e-5;
        for level in Level::available() {
            let run = |output: &[Lanes<f64>]| {
                let run = Run {
                    loss,
                    batch: targets.len() + 3,
                    output,
                    targets,
                };
                level.run(On::<O, _>(run, core::marker::PhantomData))
            };
            let (_, d_output) = run(output);
            for element in 0..output.len() {
                for n in 0..crate::BLOCK {
                    let at = |shift: f64| {
                        let mut output = output.to_vec();
                        output[element].0[n] += shift;
                        run(&output).0.loss
                    };
                    let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                    let found = d_output[element].0[n];
                    assert!(
                        (numeric - found).abs() < 1e-9,
                        "{level:?} [{element}] sample {n}: {found} {numeric}"
                    );
                }
            }
        }
    }
}
