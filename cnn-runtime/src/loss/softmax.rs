//! The loops of the cross-entropy: one block, position by position with samples in the lanes, or one
//! sample with positions in the lanes.

use super::logits::{ClassWeights, Logits};
use super::{BlockLoss, CrossEntropy};
use crate::element::BlockElement;
use crate::lanes::{BLOCK, Lanes};
use crate::micro::{load_at, load_first, splat, store_at, store_first, unless_negligible, width};
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Target;

/// `Loss::block` of the cross-entropy with its options.
pub(super) fn cross_entropy<O: Logits, W: ClassWeights<O>, S: Simd, E: BlockElement>(
    loss: &CrossEntropy<W>,
    simd: S,
    total_weight: f64,
    output: &[E],
    targets: &[<O::Target as Target>::Ref<'_>],
    d_output: &mut [E],
) -> BlockLoss {
    simd.vectorize(
        #[inline(always)]
        || {
            let mean = Mean::new::<O>(loss, total_weight);
            let mut sums = Sums::ZERO;
            for row in 0..O::POSITIONS.div_ceil(E::ROW) {
                let pixels = Pixels::<E>::new::<O, W>(&mean, targets, row);
                let columns = softmax::<O, W, S, E>(simd, &mean, &pixels, output, d_output);
                sums.add::<W, E>(&mean, &pixels, &columns);
            }
            sums.total()
        },
    )
}

/// The numbers by which the parts of a batch's mean are multiplied.
struct Mean<'l, W> {
    loss: &'l CrossEntropy<W>,
    /// One, divided by the weight of the batch; zero if nothing in it counts.
    share: f64,
    /// The weight of the own class, `1 − ε`, and that of each class, `ε / K`.
    own: f64,
    each: f64,
    /// `Σₖ wₖ`.
    sum_of_weights: f64,
}

impl<'l, W> Mean<'l, W> {
    #[inline(always)]
    fn new<O: Logits>(loss: &'l CrossEntropy<W>, total_weight: f64) -> Self
    where
        W: ClassWeights<O>,
    {
        Self {
            loss,
            share: match total_weight > 0.0 {
                true => 1.0 / total_weight,
                false => 0.0,
            },
            own: 1.0 - loss.smoothing,
            each: loss.smoothing / O::CLASSES as f64,
            sum_of_weights: match loss.smoothing > 0.0 {
                true => sum_of_weights::<O, W>(loss),
                false => 0.0,
            },
        }
    }
}

/// The class of a lane that does not count.
const NONE: f64 = -1.0;

/// What is wanted of one [row](BlockElement::ROW) of positions: one position of all samples, or some of one
/// sample. All is zero, and the class [`NONE`], where the class is ignored, and where there is no sample or
/// position.
struct Pixels<E: BlockElement> {
    row: usize,
    /// The classes; as scalars, exact for up to 2^24 of them.
    classes: Lanes<E::Scalar>,
    /// Their weights.
    of_class: [f64; BLOCK],
    /// By what the softmax is multiplied in the gradient.
    weights: Lanes<E::Scalar>,
    /// What is subtracted from it for the own class, `(1 − ε) · w`, and for class `k` if multiplied by `wₖ`.
    own: Lanes<E::Scalar>,
    each: Lanes<E::Scalar>,
}

impl<E: BlockElement> Pixels<E> {
    #[inline(always)]
    fn new<O: Logits, W: ClassWeights<O>>(
        mean: &Mean<'_, W>,
        targets: &[<O::Target as Target>::Ref<'_>],
        row: usize,
    ) -> Self {
        let zeros = Lanes::splat(E::Scalar::ZERO);
        let mut pixels = Self {
            row,
            classes: Lanes::splat(E::Scalar::from_f64(NONE)),
            of_class: [0.0; BLOCK],
            weights: zeros,
            own: zeros,
            each: zeros,
        };
        for n in 0..BLOCK {
            let [sample, position] = E::at(row, n);
            if sample >= targets.len() || position >= O::POSITIONS {
                break;
            }
            let Some(class) = mean.loss.class::<O>(targets[sample], position) else {
                continue;
            };
            let of_class = mean.loss.weights.of(class);
            let own = mean.own * of_class;
            let weight = own + mean.each * mean.sum_of_weights;
            pixels.classes.0[n] = E::Scalar::from_f64(class as f64);
            pixels.of_class[n] = of_class;
            pixels.weights.0[n] = E::Scalar::from_f64(weight * mean.share);
            pixels.own.0[n] = E::Scalar::from_f64(own * mean.share);
            pixels.each.0[n] = E::Scalar::from_f64(mean.each * mean.share);
        }
        pixels
    }

    /// The logits of a class.
    #[inline(always)]
    fn of<'o, O: Logits>(&self, class: usize, output: &'o [E]) -> &'o [E::Scalar] {
        E::row(&output[class * O::POSITIONS..][..O::POSITIONS], self.row)
    }

    /// The same, to be changed.
    #[inline(always)]
    fn of_mut<'o, O: Logits>(&self, class: usize, output: &'o mut [E]) -> &'o mut [E::Scalar] {
        E::row_mut(
            &mut output[class * O::POSITIONS..][..O::POSITIONS],
            self.row,
        )
    }
}

/// What is known of each lane after the softmax.
struct Columns<T> {
    /// The class of the largest logit.
    argmax: Lanes<T>,
    /// `maximum − x` of the own class: exactly zero where that has the largest logit.
    behind: Lanes<T>,
    /// `ln Σₖ e^(xₖ − maximum)`.
    log: Lanes<T>,
    /// `Σₖ wₖ · (maximum − xₖ)`, where labels are smoothed.
    spread: Lanes<T>,
}

/// `d_output = weight · softmax(output) − own · [k = class] − each · wₖ` in each lane, zero where the weight
/// is zero.
#[inline(always)]
fn softmax<O: Logits, W: ClassWeights<O>, S: Simd, E: BlockElement>(
    simd: S,
    mean: &Mean<'_, W>,
    pixels: &Pixels<E>,
    output: &[E],
    d_output: &mut [E],
) -> Columns<E::Scalar> {
    let nothing = Lanes::splat(E::Scalar::ZERO);
    let mut columns = Columns {
        argmax: nothing,
        behind: nothing,
        log: nothing,
        spread: nothing,
    };
    let zero = splat(simd, E::Scalar::ZERO);
    let one = splat(simd, E::Scalar::ONE);
    let weight_of = |class| splat(simd, E::Scalar::from_f64(mean.loss.weights.of(class)));
    let is_smoothed = mean.each > 0.0;
    let lanes = pixels.of::<O>(0, output).len();
    for first in (0..lanes).step_by(width::<E::Scalar, S>()) {
        let load = |row: &[E::Scalar]| load_first(simd, &row[first..], E::Scalar::ZERO);
        let class = load_at(simd, &pixels.classes.0, first);

        let (mut maximum, mut argmax) = (load(pixels.of::<O>(0, output)), zero);
        let mut k = zero;
        for index in 1..O::CLASSES {
            k = k.add(one);
            let x = load(pixels.of::<O>(index, output));
            argmax = x.select_greater(maximum, k, argmax);
            maximum = x.max(maximum);
        }

        let (mut sum, mut behind, mut spread) = (zero, zero, zero);
        k = zero;
        for index in 0..O::CLASSES {
            let difference = load(pixels.of::<O>(index, output)).sub(maximum);
            behind = class.select_equal(k, zero.sub(difference), behind);
            k = k.add(one);
            if is_smoothed {
                spread = weight_of(index).mul_add(zero.sub(difference), spread);
            }
            let e = E::Scalar::exp(simd, difference);
            let e = unless_negligible::<E::Scalar, S>(simd, e);
            sum = sum.add(e);
            store_first::<E::Scalar, S>(&mut pixels.of_mut::<O>(index, d_output)[first..], e);
        }

        let weight = load_at(simd, &pixels.weights.0, first);
        let own = load_at(simd, &pixels.own.0, first);
        let each = load_at(simd, &pixels.each.0, first);
        let scale = weight.div(sum);
        k = zero;
        for index in 0..O::CLASSES {
            let row = &mut pixels.of_mut::<O>(index, d_output)[first..];
            let scaled = load_first(simd, row, E::Scalar::ZERO).mul(scale);
            let mut d = weight.select_greater(zero, scaled, zero);
            if is_smoothed {
                d = d.sub(each.mul(weight_of(index)));
            }
            d = d.sub(class.select_equal(k, own, zero));
            k = k.add(one);
            store_first::<E::Scalar, S>(row, d);
        }

        let store = |register, row: &mut Lanes<_>| {
            store_at::<E::Scalar, S>(&mut row.0, first, register);
        };
        store(argmax, &mut columns.argmax);
        store(behind, &mut columns.behind);
        store(E::Scalar::ln(simd, sum), &mut columns.log);
        store(spread, &mut columns.spread);
    }
    columns
}

/// `Σₖ wₖ`.
#[inline(always)]
fn sum_of_weights<O: Logits, W: ClassWeights<O>>(loss: &CrossEntropy<W>) -> f64 {
    let mut sum = 0.0;
    for class in 0..O::CLASSES {
        sum += loss.weights.of(class);
    }
    sum
}

/// The loss of a block, lane by lane.
struct Sums {
    loss: [f64; BLOCK],
    weight: [f64; BLOCK],
    counted: [u32; BLOCK],
    correct: [u32; BLOCK],
}

impl Sums {
    const ZERO: Self = Self {
        loss: [0.0; BLOCK],
        weight: [0.0; BLOCK],
        counted: [0; BLOCK],
        correct: [0; BLOCK],
    };

    /// Adds a row. What does not count is left out, whatever its logits are.
    #[inline(always)]
    fn add<W, E: BlockElement>(
        &mut self,
        mean: &Mean<'_, W>,
        pixels: &Pixels<E>,
        columns: &Columns<E::Scalar>,
    ) {
        for n in 0..BLOCK {
            let class = pixels.classes.0[n].to_f64();
            let counts = class != NONE;
            let of_class = pixels.of_class[n];
            let log = columns.log.0[n].to_f64();
            let of_own = mean.own * of_class * (log + columns.behind.0[n].to_f64());
            let of_each = match mean.each > 0.0 {
                true => mean.each * (mean.sum_of_weights * log + columns.spread.0[n].to_f64()),
                false => 0.0,
            };
            let loss = mean.share * (of_own + of_each);
            self.loss[n] += if counts { loss } else { 0.0 };
            self.weight[n] += of_class;
            self.counted[n] += u32::from(counts);
            self.correct[n] += u32::from(counts && columns.argmax.0[n].to_f64() == class);
        }
    }

    #[inline(always)]
    fn total(&self) -> BlockLoss {
        let mut block = BlockLoss::default();
        for n in 0..BLOCK {
            block += BlockLoss {
                loss: self.loss[n],
                weight: self.weight[n],
                counted: self.counted[n] as usize,
                correct: self.correct[n] as usize,
            };
        }
        block
    }
}
