//! Softmax and cross-entropy in one, from logits.

use super::{BlockLoss, Loss, TargetFault, lane_weights};
use crate::lanes::{BLOCK, Lanes};
use crate::shape::{Flat, Shape};
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Class;

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
/// The largest logit is subtracted before the exponential, so no logit overflows it. In `f32` the
/// gradient's error is a few units of 1e-7 / N. A sample is correct if its class has the largest
/// logit, the first one if several are equal. This is PyTorch's `cross_entropy`.
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

/// An output of one logit per class.
///
/// A trait, and not the type, so that another output can be refused in words.
#[diagnostic::on_unimplemented(
    message = "the loss `SoftmaxCrossEntropy` takes one logit per class, not `{Self}`",
    label = "this network's output is `{Self}`",
    note = "let the network end with `-> flatten -> dense(…)`, with one output per class"
)]
pub trait Logits: Shape {}

impl<const K: usize> Logits for Flat<K> {}

impl<Output: Logits> Loss<Output> for SoftmaxCrossEntropy {
    type Target = Class;
    const COUNTS_CORRECT: bool = true;

    fn check(&self, class: usize) -> Result<(), TargetFault> {
        if class < Output::ELEMENTS {
            return Ok(());
        }
        Err(TargetFault::Class {
            found: class,
            classes: Output::ELEMENTS,
        })
    }

    fn block<T: Scalar, S: Simd>(
        &self,
        simd: S,
        batch: usize,
        output: &[Lanes<T>],
        classes: &[usize],
        d_output: &mut [Lanes<T>],
    ) -> BlockLoss {
        simd.vectorize(
            #[inline(always)]
            || {
                let weight = 1.0 / batch as f64;
                let weights = lane_weights(classes.len(), weight);
                let columns = weighted_softmax(simd, output, &weights, d_output);
                subtract_classes(classes, weight, d_output);
                total(&columns, output, classes, weight)
            },
        )
    }
}

/// What is known of each sample after the softmax.
struct Columns<T> {
    /// The largest logit.
    maximum: Lanes<T>,
    /// Its index; as a scalar, exact for up to 2^24 classes.
    argmax: Lanes<T>,
    /// `Σₖ e^(xₖ − maximum)`.
    sum: Lanes<T>,
}

/// `d_output = weight · softmax(output)` in each lane, zero where the weight is zero.
#[inline(always)]
fn weighted_softmax<T: Scalar, S: Simd>(
    simd: S,
    output: &[Lanes<T>],
    weights: &Lanes<T>,
    d_output: &mut [Lanes<T>],
) -> Columns<T> {
    let mut columns = Columns {
        maximum: Lanes::splat(T::ZERO),
        argmax: Lanes::splat(T::ZERO),
        sum: Lanes::splat(T::ZERO),
    };
    let zero = T::Vector::<S>::splat(simd, T::ZERO);
    for first in (0..BLOCK).step_by(T::Vector::<S>::LANES) {
        let place = first..first + T::Vector::<S>::LANES;
        let load = |lanes: &Lanes<T>| T::Vector::<S>::load(simd, &lanes.0[place.clone()]);

        let (mut maximum, mut argmax) = (load(&output[0]), zero);
        for (k, logits) in output.iter().enumerate().skip(1) {
            let (x, k) = (
                load(logits),
                T::Vector::<S>::splat(simd, T::from_f64(k as f64)),
            );
            argmax = x.select_greater(maximum, k, argmax);
            maximum = x.max(maximum);
        }
        let mut sum = zero;
        for (logits, d) in output.iter().zip(&mut *d_output) {
            let e = T::exp(simd, load(logits).sub(maximum));
            sum = sum.add(e);
            e.store(&mut d.0[place.clone()]);
        }
        let weight = load(weights);
        let scale = weight.div(sum);
        for d in &mut *d_output {
            let scaled = load(d).mul(scale);
            let masked = weight.select_greater(zero, scaled, zero);
            masked.store(&mut d.0[place.clone()]);
        }
        maximum.store(&mut columns.maximum.0[place.clone()]);
        argmax.store(&mut columns.argmax.0[place.clone()]);
        sum.store(&mut columns.sum.0[place.clone()]);
    }
    columns
}

/// `d_output[class] −= weight` for each sample.
#[inline(always)]
fn subtract_classes<T: Scalar>(classes: &[usize], weight: f64, d_output: &mut [Lanes<T>]) {
    for (n, &class) in classes.iter().enumerate() {
        let d = &mut d_output[class].0[n];
        *d = *d - T::from_f64(weight);
    }
}

/// The samples' losses times `weight`, and how many of them are correct.
#[inline(always)]
fn total<T: Scalar>(
    columns: &Columns<T>,
    output: &[Lanes<T>],
    classes: &[usize],
    weight: f64,
) -> BlockLoss {
    let mut block = BlockLoss::default();
    for (n, &class) in classes.iter().enumerate() {
        // The difference first: it is exact where the class has the largest logit.
        let behind = (columns.maximum.0[n] - output[class].0[n]).to_f64();
        block.loss += weight * (libm::log(columns.sum.0[n].to_f64()) + behind);
        block.correct += usize::from(columns.argmax.0[n].to_f64() == class as f64);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::super::tests::{On, Run, check_gradient};
    use super::*;
    use crate::simd::Level;
    use alloc::vec::Vec;
    use core::marker::PhantomData;

    fn run<T: Scalar>(
        level: Level,
        batch: usize,
        output: &[Lanes<T>],
        targets: &[usize],
    ) -> (BlockLoss, Vec<Lanes<T>>) {
        let loss = &SoftmaxCrossEntropy;
        let run = Run {
            loss,
            batch,
            output,
            targets,
        };
        level.run(On::<Flat<3>, _>(run, PhantomData))
    }

    fn logits<T: Scalar>(sample: [f64; 3]) -> Vec<Lanes<T>> {
        sample.map(|x| Lanes::splat(T::from_f64(x))).to_vec()
    }

    #[test]
    fn loss_and_gradient_are_those_worked_by_hand() {
        // e^0, e^ln2, e^ln5: softmax (1, 2, 5) / 8, class 1: −ln (2/8) = ln 4.
        let output = logits::<f64>([0.0, 2.0f64.ln(), 5.0f64.ln()]);
        for level in Level::available() {
            let (block, d_output) = run(level, 2, &output, &[1, 2]);
            let expected = (4.0f64.ln() + (8.0f64 / 5.0).ln()) / 2.0;
            assert!((block.loss - expected).abs() < 1e-15, "{level:?}");
            assert_eq!(block.correct, 1);
            let gradients = [[1.0, 1.0], [2.0 - 8.0, 2.0], [5.0, 5.0 - 8.0]];
            for (d, expected) in d_output.iter().zip(gradients) {
                assert!((d.0[0] - expected[0] / 16.0).abs() < 1e-15);
                assert!((d.0[1] - expected[1] / 16.0).abs() < 1e-15);
                assert_eq!(d.0[2..], [0.0; 14], "lanes without a sample");
            }
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let output: Vec<_> = (0..3)
            .map(|k| {
                Lanes(core::array::from_fn(|n| {
                    ((k * 7 + n * 5) % 11) as f64 * 0.3
                }))
            })
            .collect();
        check_gradient::<Flat<3>, _>(&SoftmaxCrossEntropy, &output, &[2, 0, 1, 1, 0]);
        check_gradient::<Flat<3>, _>(&SoftmaxCrossEntropy, &output, &[1; 16]);
    }

    #[test]
    fn large_logits_do_not_overflow() {
        for level in Level::available() {
            let (block, d_output) = run(level, 1, &logits::<f32>([1e4, -1e4, 9.9e3]), &[1]);
            assert_eq!(block.loss, 2e4, "{level:?}");
            assert_eq!(d_output[0].0[0], 1.0);
            assert_eq!(d_output[1].0[0], -1.0);
        }
    }

    #[test]
    fn the_first_of_equal_logits_is_the_prediction() {
        let (block, _) = run(
            Level::detect(),
            3,
            &logits::<f32>([0.0, 2.0, 2.0]),
            &[0, 1, 2],
        );
        assert_eq!(block.correct, 1);
    }

    #[test]
    fn logits_that_are_not_finite_make_the_loss_not_finite() {
        for bad in [f64::NAN, f64::INFINITY] {
            for level in Level::available() {
                let (block, d_output) = run(level, 1, &logits::<f32>([0.0, bad, 1.0]), &[0]);
                assert!(!block.loss.is_finite(), "{level:?}");
                assert_eq!(d_output[1].0[1..], [0.0; 15], "lanes without a sample");
            }
        }
    }

    #[test]
    fn single_precision_is_close_to_double_precision() {
        let samples = [0.3, -2.0, 4.5];
        for level in Level::available() {
            let (single, d_single) = run(level, 1, &logits::<f32>(samples), &[0]);
            let (double, d_double) = run(level, 1, &logits::<f64>(samples), &[0]);
            assert!((single.loss - double.loss).abs() < 1e-6);
            for (s, d) in d_single.iter().zip(&d_double) {
                assert!((f64::from(s.0[0]) - d.0[0]).abs() < 5e-7);
            }
        }
    }
}
