//! The mean of absolute differences.

use super::elements::{Element, ElementLoss, check_values, mean_of_elements};
use super::{BlockLoss, Loss, TargetFault};
use crate::element::BlockElement;
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Values;

/// The absolute difference between output and target, averaged over elements and batch.
///
/// For an output `y` and a target `t` of any shape with `E` elements, and `N` samples:
///
/// ```text
/// loss = Σ |y − t| / (N · E)
/// d_y  = sign(y − t) / (N · E)
/// ```
///
/// At `y = t`, where there is no derivative, the gradient is 0. This is PyTorch's `l1_loss` with its
/// default reduction. Single targets far off pull no harder than others, unlike with
/// [`MeanSquaredError`](super::MeanSquaredError).
///
/// ```
/// use cnn_runtime::loss::{Loss, MeanAbsoluteError};
/// use cnn_runtime::Chw;
///
/// let check = |target: &[f32]| Loss::<Chw<1, 2, 2>>::check(&MeanAbsoluteError, target).is_ok();
/// assert!(check(&[0.0; 4]) && !check(&[0.0; 3]) && !check(&[f32::NAN; 4]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanAbsoluteError;

impl<O: Shape> Loss<O> for MeanAbsoluteError {
    type Target = Values<O>;
    const EQUAL_WEIGHTS: bool = true;

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

impl<O: Shape> ElementLoss<O> for MeanAbsoluteError {
    #[inline(always)]
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        _label_weight: T::Vector<S>,
        y: T::Vector<S>,
        t: T::Vector<S>,
    ) -> Element<T::Vector<S>> {
        let constant = |value| T::Vector::<S>::splat(simd, value);
        let (zero, difference) = (constant(T::ZERO), y.sub(t));
        // Neither above nor below zero are zero itself, and NaN, which stays what it is.
        let not_above = zero.select_greater(difference, constant(-T::ONE), difference);
        Element {
            value: difference.max(zero.sub(difference)),
            derivative: difference.select_greater(zero, constant(T::ONE), not_above),
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
        let targets: [&[f32]; 2] = [&[0.0, 2.0], &[1.0, 5.0]];
        for level in Level::available() {
            let output = [Lanes::splat(1.0f64), Lanes::splat(4.0)];
            let (block, d_output) =
                run_elements::<Flat<2>, _>(level, &MeanAbsoluteError, 4.0, &output, &targets);
            // ((1 + 2) + (0 + 1)) / (4 · 2)
            assert_eq!((block.loss, block.weight), (4.0 / 8.0, 2.0), "{level:?}");
            assert_eq!(d_output[0].0[..3], [1.0 / 8.0, 0.0, 0.0]);
            assert_eq!(d_output[1].0[..3], [1.0 / 8.0, -1.0 / 8.0, 0.0]);
            assert_eq!(d_output[1].0[3..], [0.0; 13], "lanes without a sample");
        }
    }

    #[test]
    fn nan_is_not_swallowed() {
        let targets: [&[f32]; 1] = [&[0.0, 2.0]];
        for level in Level::available() {
            let output = [Lanes::splat(f64::NAN), Lanes::splat(4.0)];
            let (block, d_output) =
                run_elements::<Flat<2>, _>(level, &MeanAbsoluteError, 1.0, &output, &targets);
            assert!(
                block.loss.is_nan() && d_output[0].0[0].is_nan(),
                "{level:?}"
            );
            assert_eq!(d_output[0].0[1..], [0.0; 15], "lanes without a sample");
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let target = [0.55, 1.57, -1.02, 0.25, 2.01, 0.05f32];
        let output = spread(6);
        check_gradient::<Chw<1, 2, 3>, _>(&MeanAbsoluteError, &output, &[&target[..]; 16]);
        check_gradient::<Chw<1, 2, 3>, _>(&MeanAbsoluteError, &output, &[&target[..]; 3]);
    }

    #[test]
    fn it_equals_plain_loops_for_any_batch() {
        let naive = |y: f64, t: f64| ((y - t).abs(), (y - t).signum());
        check_against_naive::<Chw<2, 13, 11>, _>(&MeanAbsoluteError, naive, |t| t);
    }
}
