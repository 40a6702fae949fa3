//! The Huber loss: squares near the target, absolute differences far from it.

use super::elements::{Element, ElementLoss, check_values, mean_of_elements};
use super::{BlockLoss, Loss, TargetFault};
use crate::element::BlockElement;
use crate::hyperparameter::{HyperparameterFault, positive};
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Values;

/// The Huber loss between output and target, averaged over elements and batch.
///
/// For an output `y` and a target `t` of any shape with `E` elements, `N` samples, and `e = y − t`:
///
/// ```text
/// loss = Σ h(e) / (N · E)        h(e) = e² / 2            where |e| ≤ delta
/// d_y  = h′(e) / (N · E)                delta · (|e| − delta / 2)   elsewhere
///                                h′(e) = e, limited to −delta ..= delta
/// ```
///
/// `delta` is a finite number above 0. This is PyTorch's `huber_loss` with its default reduction, after
/// P. Huber, "Robust estimation of a location parameter" (1964). PyTorch's `smooth_l1_loss` with
/// `beta = delta` is this loss divided by `delta`.
///
/// ```
/// use cnn_runtime::loss::{Huber, Loss};
/// use cnn_runtime::Flat;
///
/// let validate = |delta| Loss::<Flat<1>>::validate(&Huber::new(delta));
/// assert!(validate(0.5).is_ok());
/// let fault = validate(0.0).unwrap_err().to_string();
/// assert!(fault.starts_with("the delta of `Huber` is 0, expected a finite number above 0"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// The loss that is quadratic up to a distance of `delta`.
    #[must_use]
    pub const fn new(delta: f64) -> Self {
        Self { delta }
    }
}

impl Default for Huber {
    /// A `delta` of 1, as in PyTorch.
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl<O: Shape> Loss<O> for Huber {
    type Target = Values<O>;
    const EQUAL_WEIGHTS: bool = true;

    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write for example `Huber::new(1.0)`";
        positive("delta of `Huber`", self.delta, help)
    }

    fn check(&self, target: &[f32]) -> Result<(), TargetFault> {
        check_values::<O>(target)
    }

    fn block<S: Simd, E: BlockElement>(
        &self,
        simd: S,
        total_weight: f64,
        output: &[E],
        targets: &[&[f32]],
        d_output: &mut [E],
    ) -> BlockLoss {
        mean_of_elements::<O, _, S, E>(*self, simd, total_weight, output, targets, d_output)
    }
}

impl<O: Shape> ElementLoss<O> for Huber {
    #[inline(always)]
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        _label_weight: T::Vector<S>,
        y: T::Vector<S>,
        t: T::Vector<S>,
    ) -> Element<T::Vector<S>> {
        let constant = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
        let (zero, delta) = (constant(0.0), constant(self.delta));
        let difference = y.sub(t);
        let distance = difference.max(zero.sub(difference));
        let half = constant(0.5);
        let near = difference.mul(difference).mul(half);
        let far = delta.mul(distance.sub(delta.mul(half)));
        // `min` and `max` give their argument when a lane is NaN.
        let limited = delta.min(zero.sub(delta).max(difference));
        Element {
            value: distance.select_greater(delta, far, near),
            derivative: limited,
            correct: zero,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_against_naive, check_gradient, run_elements, spread};
    use super::*;
    use crate::lanes::Lanes;
    use crate::shape::{Chw, Flat};
    use crate::simd::Level;

    #[test]
    fn loss_and_gradient_are_those_worked_by_hand() {
        let targets: [&[f32]; 2] = [&[0.5, 2.0], &[1.0, 9.0]];
        for level in Level::available() {
            let output = [Lanes::splat(1.0f64), Lanes::splat(4.0)];
            let loss = &Huber::new(1.0);
            let (block, d_output) = run_elements::<Flat<2>, _>(level, loss, 2.0, &output, &targets);
            // ((0.5² / 2 + (2 − ½)) + (0 + (5 − ½))) / (2 · 2)
            assert_eq!(block.loss, (0.125 + 1.5 + 4.5) / 4.0, "{level:?}");
            assert_eq!(d_output[0].0[..3], [0.5 / 4.0, 0.0, 0.0]);
            assert_eq!(d_output[1].0[..3], [1.0 / 4.0, -1.0 / 4.0, 0.0]);
        }
    }

    #[test]
    fn nan_is_not_swallowed() {
        let targets: [&[f32]; 1] = [&[0.0]];
        for level in Level::available() {
            let output = [Lanes::splat(f64::NAN)];
            let loss = &Huber::default();
            let (block, d_output) = run_elements::<Flat<1>, _>(level, loss, 1.0, &output, &targets);
            assert!(
                block.loss.is_nan() && d_output[0].0[0].is_nan(),
                "{level:?}"
            );
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let target = [0.55, 1.57, -1.02, 0.25, 2.01, 0.05f32];
        for delta in [0.1, 1.0, 100.0] {
            let (loss, output) = (Huber::new(delta), spread(6));
            check_gradient::<Chw<1, 2, 3>, _>(&loss, &output, &[&target[..]; 16]);
            check_gradient::<Chw<1, 2, 3>, _>(&loss, &output, &[&target[..]; 3]);
        }
    }

    #[test]
    fn it_equals_plain_loops_for_any_batch() {
        for delta in [0.3, 2.0] {
            let naive = |y: f64, t: f64| {
                let distance = (y - t).abs();
                match distance <= delta {
                    true => (distance * distance / 2.0, y - t),
                    false => (delta * (distance - delta / 2.0), delta * (y - t).signum()),
                }
            };
            check_against_naive::<Chw<2, 13, 11>, _>(&Huber::new(delta), naive, |t| t);
        }
    }

    #[test]
    fn a_delta_that_makes_no_sense_is_refused() {
        for delta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Loss::<Flat<1>>::validate(&Huber::new(delta)).is_err());
        }
    }
}
