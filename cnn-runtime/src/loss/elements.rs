//! What the losses that look at every element by itself have in common: the check of the targets, and
//! the loop over a block. The functions of one element are in the files of the losses.

use super::{BlockLoss, TargetFault, lane_weights};
use crate::element::BlockElement;
use crate::lanes::{BLOCK, Lanes};
use crate::micro::{load_at, load_first, parts, splat, store_first, width, zip};
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};

/// A loss of one element of an output and its target.
pub(super) trait ElementLoss<O: Shape>: Copy {
    /// Whether [`Element::correct`] means something.
    const COUNTS_CORRECT: bool = false;

    /// The weight of the label that an element of the output belongs to, by its index.
    #[inline(always)]
    fn label_weight(self, _index: usize) -> f64 {
        1.0
    }

    /// The loss of the outputs `y` with the targets `t`, whose labels have these weights. What is not
    /// finite must not become finite.
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        label_weight: T::Vector<S>,
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
/// Strips of 256 rows are summed in the network's scalar, the strips in `f64`.
pub(super) fn mean_of_elements<O: Shape, L: ElementLoss<O>, S: Simd, E: BlockElement>(
    loss: L,
    simd: S,
    total_weight: f64,
    output: &[E],
    targets: &[&[f32]],
    d_output: &mut [E],
) -> BlockLoss {
    simd.vectorize(
        #[inline(always)]
        || {
            // The gradient's place holds the targets until each is replaced by its gradient.
            E::gather(simd, targets, d_output);
            let weight = 1.0 / (total_weight * O::ELEMENTS as f64);
            let weights = lane_weights::<E>(targets.len(), weight);
            let mut block = sums::<O, L, S, E>(loss, simd, output, &weights, d_output);
            block.loss *= weight;
            block.weight = targets.len() as f64;
            if L::COUNTS_CORRECT {
                block.counted = targets.len() * O::ELEMENTS;
            }
            block
        },
    )
}

/// The sum of the losses, and how many are correct; `d_output` holds the targets before, and then
/// `weight · derivative`. Lanes of weight zero become zero and are not counted.
///
/// A strip is summed by registers of its rows, one after the other.
#[inline(always)]
fn sums<O: Shape, L: ElementLoss<O>, S: Simd, E: BlockElement>(
    loss: L,
    simd: S,
    output: &[E],
    weights: &Lanes<E::Scalar>,
    d_output: &mut [E],
) -> BlockLoss {
    const STRIP: usize = 256;
    let mut block = BlockLoss::default();
    let elements = STRIP * E::ROW;
    let strips = zip(output.chunks(elements), d_output.chunks_mut(elements));
    for (number, (output, d_output)) in strips.enumerate() {
        for part in 0..parts::<E::Scalar, S>() {
            let zero = splat(simd, E::Scalar::ZERO);
            let (mut sum, mut correct) = (zero, zero);
            E::each_row(
                output,
                d_output,
                #[inline(always)]
                |row, y, d| {
                    let lanes = part * width::<E::Scalar, S>()..y.len();
                    if lanes.is_empty() {
                        return;
                    }
                    let labels = label_weights::<O, L, E>(loss, number * STRIP + row, lanes.start);
                    let label = load_at(simd, &labels, 0);
                    let load = |row: &[_]| load_first(simd, &row[lanes.clone()], E::Scalar::ZERO);
                    let (weight, y, t) = (load(&weights.0), load(y), load(d));
                    let element = loss.element::<E::Scalar, S>(simd, label, y, t);
                    let element = element.where_positive(weight, zero);
                    sum = sum.add(element.value);
                    store_first::<E::Scalar, S>(&mut d[lanes], element.derivative.mul(weight));
                    if L::COUNTS_CORRECT {
                        correct = correct.add(element.correct);
                    }
                },
            );
            block.loss += sum.sum().to_f64();
            block.correct += correct.sum().to_f64() as usize;
        }
    }
    block
}

impl<V: Copy> Element<V> {
    /// The element in lanes of positive weight, and `zero` in the others.
    #[inline(always)]
    fn where_positive<T, S>(self, weight: V, zero: V) -> Self
    where
        V: Vector<T, S>,
    {
        let kept = |x| weight.select_greater(zero, x, zero);
        Self {
            value: kept(self.value),
            derivative: kept(self.derivative),
            correct: kept(self.correct),
        }
    }
}

/// The weights of the labels in the lanes of a row, from a lane on; any where there is no element.
#[inline(always)]
fn label_weights<O: Shape, L: ElementLoss<O>, E: BlockElement>(
    loss: L,
    row: usize,
    lane: usize,
) -> [E::Scalar; BLOCK] {
    let mut weights = [E::Scalar::ZERO; BLOCK];
    for (n, weight) in weights.iter_mut().enumerate() {
        let [_, element] = E::at(row, lane + n);
        *weight = E::Scalar::from_f64(loss.label_weight(element.min(O::ELEMENTS - 1)));
    }
    weights
}
