//! What the losses that look at every element by itself have in common: the check of the targets, and
//! the loop over a block. The functions of one element are in the files of the losses.

use core::ops::Range;

use super::{BlockLoss, TargetFault, lane_weights};
use crate::lanes::{BLOCK, Lanes, gather_squares};
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};

/// A loss of one element of an output and its target.
pub(super) trait ElementLoss<O: Shape>: Copy {
    /// Whether [`Element::correct`] means something.
    const COUNTS_CORRECT: bool = false;

    /// The loss of the outputs `y` with the targets `t`, element `index` of their samples. What is not
    /// finite must not become finite.
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        index: usize,
        y: T::Vector<S>,
        t: T::Vector<S>,
    ) -> Element<T::Vector<S>>;
}

/// What is known of one element.
pub(super) struct Element<V> {
    pub(super) value: V,
    /// By the output.
    pub(super) derivative: V,
    /// One where the prediction is right, else zero.
    pub(super) correct: V,
}

/// Whether a target has as many values as the output, all finite.
pub(super) fn check_values<O: Shape>(target: &[f32]) -> Result<(), TargetFault> {
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

/// `Loss::block` of a loss whose mean is one over elements and samples.
///
/// Strips of 256 elements are summed in the network's scalar, the strips in `f64`.
pub(super) fn mean_of_elements<O: Shape, E: ElementLoss<O>, T: Scalar, S: Simd>(
    loss: E,
    simd: S,
    total_weight: f64,
    output: &[Lanes<T>],
    targets: &[&[f32]],
    d_output: &mut [Lanes<T>],
) -> BlockLoss {
    simd.vectorize(
        #[inline(always)]
        || {
            // The gradient's place holds the targets until each is replaced by its gradient.
            gather_squares(simd, targets, d_output);
            let weight = 1.0 / (total_weight * O::ELEMENTS as f64);
            let weights = lane_weights(targets.len(), weight);
            let mut block = sums::<O, E, T, S>(loss, simd, output, &weights, d_output);
            block.loss *= weight;
            block.weight = targets.len() as f64;
            if E::COUNTS_CORRECT {
                block.counted = targets.len() * O::ELEMENTS;
            }
            block
        },
    )
}

/// The sum of the losses, and how many are correct; `d_output` holds the targets before, and then
/// `weight · derivative`. Lanes of weight zero become zero and are not counted.
#[inline(always)]
fn sums<O: Shape, E: ElementLoss<O>, T: Scalar, S: Simd>(
    loss: E,
    simd: S,
    output: &[Lanes<T>],
    weights: &Lanes<T>,
    d_output: &mut [Lanes<T>],
) -> BlockLoss {
    const STRIP: usize = 256;
    let mut block = BlockLoss::default();
    let strips = output.chunks(STRIP).zip(d_output.chunks_mut(STRIP));
    for (number, (output, d_output)) in strips.enumerate() {
        let mut strip = Strip {
            first: number * STRIP,
            output,
            weights,
            d_output,
        };
        for lane in (0..BLOCK).step_by(T::Vector::<S>::LANES) {
            let lanes = lane..lane + T::Vector::<S>::LANES;
            let (value, correct) = strip.sums::<O, E, S>(loss, simd, lanes);
            block.loss += value.to_f64();
            block.correct += correct.to_f64() as usize;
        }
    }
    block
}

/// Some elements of all samples.
struct Strip<'a, T> {
    /// The index of the first element.
    first: usize,
    output: &'a [Lanes<T>],
    /// Those of the samples.
    weights: &'a Lanes<T>,
    /// As in [`sums`].
    d_output: &'a mut [Lanes<T>],
}

impl<T: Scalar> Strip<'_, T> {
    /// [`sums`] over the samples of some lanes.
    #[inline(always)]
    fn sums<O: Shape, E: ElementLoss<O>, S: Simd>(
        &mut self,
        loss: E,
        simd: S,
        lanes: Range<usize>,
    ) -> (T, T) {
        let load = |element: &Lanes<T>| T::Vector::<S>::load(simd, &element.0[lanes.clone()]);
        let zero = T::Vector::<S>::splat(simd, T::ZERO);
        let weight = load(self.weights);
        let (mut sum, mut correct) = (zero, zero);
        for (at, (y, d)) in self.output.iter().zip(&mut *self.d_output).enumerate() {
            let element = loss.element::<T, S>(simd, self.first + at, load(y), load(d));
            sum = weight.select_greater(zero, sum.add(element.value), sum);
            let derivative = element.derivative.mul(weight);
            let masked = weight.select_greater(zero, derivative, zero);
            masked.store(&mut d.0[lanes.clone()]);
            if E::COUNTS_CORRECT {
                let counted = weight.select_greater(zero, element.correct, zero);
                correct = correct.add(counted);
            }
        }
        (sum.sum(), correct.sum())
    }
}
