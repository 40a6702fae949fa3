//! The mean of squared differences.

use super::elements::{Element, ElementLoss, check_values, mean_of_elements};
use super::{BlockLoss, Loss, TargetFault};
use crate::element::BlockElement;
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Values;

/// The squared difference between output and target, averaged over elements and batch.
///
/// For an output `y` and a target `t` of any shape with `E` elements, and `N` samples:
///
/// ```text
/// loss = Σ (y − t)² / (N · E)
/// d_y  = 2 · (y − t) / (N · E)
/// ```
///
/// This is PyTorch's `mse_loss` with its default reduction. Strips of 256 elements are summed in
/// the network's scalar, the strips in `f64`.
///
/// ```
/// use cnn_runtime::loss::{Loss, MeanSquaredError};
/// use cnn_runtime::Chw;
///
/// let check = |target: &[f32]| Loss::<Chw<1, 2, 2>>::check(&MeanSquaredError, target).is_ok();
/// assert!(check(&[0.0; 4]) && !check(&[0.0; 3]) && !check(&[f32::NAN; 4]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanSquaredError;

impl<O: Shape> Loss<O> for MeanSquaredError {
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

impl<O: Shape> ElementLoss<O> for MeanSquaredError {
    #[inline(always)]
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        _label_weight: T::Vector<S>,
        y: T::Vector<S>,
        t: T::Vector<S>,
    ) -> Element<T::Vector<S>> {
        let difference = y.sub(t);
        Element {
            value: difference.mul(difference),
            derivative: difference.add(difference),
            correct: T::Vector::<S>::splat(simd, T::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{On, Run, check_gradient};
    use super::*;
    use crate::lanes::Lanes;
    use crate::shape::{Chw, Flat};
    use crate::simd::Level;
    use alloc::vec::Vec;
    use core::marker::PhantomData;

    #[test]
    fn loss_and_gradient_are_those_worked_by_hand() {
        let output = [Lanes::splat(1.0f64), Lanes::splat(4.0)];
        let targets: [&[f32]; 2] = [&[0.0, 2.0], &[1.0, 5.0]];
        for level in Level::available() {
            let run = Run {
                loss: &MeanSquaredError,
                total_weight: 4.0,
                output: &output,
                targets: &targets,
            };
            let (block, d_output) = level.run(On::<Flat<2>, _>(run, PhantomData));
            // ((1 + 4) + (0 + 1)) / (4 · 2)
            assert_eq!(block.loss, 6.0 / 8.0, "{level:?}");
            assert_eq!(d_output[0].0[..3], [2.0 / 8.0, 0.0, 0.0]);
            assert_eq!(d_output[1].0[..3], [4.0 / 8.0, -2.0 / 8.0, 0.0]);
            assert_eq!(d_output[1].0[3..], [0.0; 13], "lanes without a sample");
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let output: Vec<_> = (0..6)
            .map(|k| {
                Lanes(core::array::from_fn(|n| {
                    ((k * 7 + n * 5) % 11) as f64 * 0.3
                }))
            })
            .collect();
        let target = [0.5, 1.5, -1.0, 0.25, 2.0, 0.0f32];
        check_gradient::<Chw<1, 2, 3>, _>(&MeanSquaredError, &output, &[&target[..]; 16]);
        check_gradient::<Chw<1, 2, 3>, _>(&MeanSquaredError, &output, &[&target[..]; 3]);
    }

    #[test]
    fn targets_of_another_length_or_without_a_value_are_refused() {
        let check = |target: &[f32]| Loss::<Flat<2>>::check(&MeanSquaredError, target);
        assert_eq!(check(&[0.0, 1.0]), Ok(()));
        assert_eq!(
            check(&[0.0]),
            Err(TargetFault::Length {
                found: 1,
                expected: 2
            })
        );
        let fault = check(&[0.0, f32::INFINITY]);
        assert_eq!(fault, Err(TargetFault::NotFinite { element: 1 }));
    }
}
