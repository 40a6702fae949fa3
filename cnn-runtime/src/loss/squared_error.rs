//! The mean of squared differences.

use core::ops::Range;

use super::{BlockLoss, Loss, TargetFault, lane_weights};
use crate::lanes::{BLOCK, Lanes, gather};
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

    fn check(&self, target: &[f32]) -> Result<(), TargetFault> {
        if target.len() != O::ELEMENTS {
            return Err(TargetFault::Length {
                found: target.len(),
                expected: O::ELEMENTS,
            });
        }
        match target.iter().position(|value| !value.is_finite()) {
            Some(element) => Err(TargetFault::NotFinite { element }),
            None => Ok(()),
        }
    }

    fn block<T: Scalar, S: Simd>(
        &self,
        simd: S,
        batch: usize,
        output: &[Lanes<T>],
        targets: &[&[f32]],
        d_output: &mut [Lanes<T>],
    ) -> BlockLoss {
        simd.vectorize(
            #[inline(always)]
            || {
                // The gradient's place holds the targets until each is replaced by its gradient.
                gather(targets, d_output);
                let weight = 1.0 / (batch * O::ELEMENTS) as f64;
                let weights = lane_weights(targets.len(), 2.0 * weight);
                BlockLoss {
                    loss: weight * squares(simd, output, &weights, d_output),
                    correct: 0,
                }
            },
        )
    }
}

/// The sum of squared differences; `d_output` holds the targets before, and then
/// `weight · (output − target)`. Lanes of weight zero become zero and are not counted.
#[inline(always)]
fn squares<T: Scalar, S: Simd>(
    simd: S,
    output: &[Lanes<T>],
    weights: &Lanes<T>,
    d_output: &mut [Lanes<T>],
) -> f64 {
    const STRIP: usize = 256;
    let mut total = 0.0;
    for (output, d_output) in output.chunks(STRIP).zip(d_output.chunks_mut(STRIP)) {
        for first in (0..BLOCK).step_by(T::Vector::<S>::LANES) {
            let place = first..first + T::Vector::<S>::LANES;
            total += column_squares(simd, place, output, weights, d_output).to_f64();
        }
    }
    total
}

#[inline(always)]
fn column_squares<T: Scalar, S: Simd>(
    simd: S,
    place: Range<usize>,
    output: &[Lanes<T>],
    weights: &Lanes<T>,
    d_output: &mut [Lanes<T>],
) -> T {
    let load = |lanes: &Lanes<T>| T::Vector::<S>::load(simd, &lanes.0[place.clone()]);
    let zero = T::Vector::<S>::splat(simd, T::ZERO);
    let weight = load(weights);
    let mut sum = zero;
    for (y, d) in output.iter().zip(d_output) {
        let difference = load(y).sub(load(d));
        let difference = weight.select_greater(zero, difference, zero);
        sum = difference.mul_add(difference, sum);
        difference.mul(weight).store(&mut d.0[place.clone()]);
    }
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{On, Run, check_gradient};
    use super::*;
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
                batch: 4,
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
