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
            let mut block = BlockLoss::default();
            for row in 0..O::POSITIONS.div_ceil(E::ROW) {
                let pixels = Pixels::<E, W>::new::<O>(&mean, targets, row);
                let mut columns = softmax::<O, W, S, E>(simd, &pixels, output, d_output);
                if loss.smoothing > 0.0 {
                    smooth::<O, W, S, E>(simd, &pixels, &mut columns, output, d_output);
                }
                subtract_classes::<O, W, E>(&pixels, d_output);
                block += total::<O, W, E>(&pixels, &columns, output);
            }
            block
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
                true => (0..O::CLASSES).map(|class| loss.weights.of(class)).sum(),
                false => 0.0,
            },
        }
    }
}

/// One [row](BlockElement::ROW) of positions: one position of all samples, or some of one sample.
struct Pixels<'m, E: BlockElement, W> {
    mean: &'m Mean<'m, W>,
    row: usize,
    /// The classes; `None` where it is ignored, or where there is no sample or position.
    classes: [Option<usize>; BLOCK],
    /// By what the softmax is multiplied in the gradient.
    weights: Lanes<E::Scalar>,
}

impl<'m, E: BlockElement, W> Pixels<'m, E, W> {
    #[inline(always)]
    fn new<O: Logits>(
        mean: &'m Mean<'_, W>,
        targets: &[<O::Target as Target>::Ref<'_>],
        row: usize,
    ) -> Self
    where
        W: ClassWeights<O>,
    {
        let mut pixels = Self {
            mean,
            row,
            classes: [None; BLOCK],
            weights: Lanes::splat(E::Scalar::ZERO),
        };
        for n in 0..BLOCK {
            let [sample, position] = E::at(row, n);
            if sample >= targets.len() || position >= O::POSITIONS {
                break;
            }
            pixels.classes[n] = mean.loss.class::<O>(targets[sample], position);
            if let Some(class) = pixels.classes[n] {
                let own = mean.own * mean.loss.weights.of(class);
                let weight = own + mean.each * mean.sum_of_weights;
                pixels.weights.0[n] = E::Scalar::from_f64(weight * mean.share);
            }
        }
        pixels
    }

    /// The lanes that count, with their classes.
    #[inline(always)]
    fn counted(&self) -> impl Iterator<Item = (usize, usize)> {
        let classes = self.classes.iter().enumerate();
        classes.filter_map(|(n, class)| Some((n, (*class)?)))
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
    /// The largest logit.
    maximum: Lanes<T>,
    /// Its index; as a scalar, exact for up to 2^24 classes.
    argmax: Lanes<T>,
    /// `Σₖ e^(xₖ − maximum)`.
    sum: Lanes<T>,
    /// `Σₖ wₖ · (maximum − xₖ)`, where labels are smoothed.
    spread: Lanes<T>,
}

/// `d_output = weight · softmax(output)` in each lane, zero where the weight is zero.
#[inline(always)]
fn softmax<O: Logits, W, S: Simd, E: BlockElement>(
    simd: S,
    pixels: &Pixels<'_, E, W>,
    output: &[E],
    d_output: &mut [E],
) -> Columns<E::Scalar> {
    let nothing = Lanes::splat(E::Scalar::ZERO);
    let mut columns = Columns {
        maximum: nothing,
        argmax: nothing,
        sum: nothing,
        spread: nothing,
    };
    let zero = splat(simd, E::Scalar::ZERO);
    let lanes = pixels.of::<O>(0, output).len();
    for first in (0..lanes).step_by(width::<E::Scalar, S>()) {
        let load = |row: &[E::Scalar]| load_first(simd, &row[first..], E::Scalar::ZERO);

        let (mut maximum, mut argmax) = (load(pixels.of::<O>(0, output)), zero);
        for class in 1..O::CLASSES {
            let x = load(pixels.of::<O>(class, output));
            let k = splat(simd, E::Scalar::from_f64(class as f64));
            argmax = x.select_greater(maximum, k, argmax);
            maximum = x.max(maximum);
        }
        let mut sum = zero;
        for class in 0..O::CLASSES {
            let x = load(pixels.of::<O>(class, output));
            let e = E::Scalar::exp(simd, x.sub(maximum));
            let e = unless_negligible::<E::Scalar, S>(simd, e);
            sum = sum.add(e);
            store_first::<E::Scalar, S>(&mut pixels.of_mut::<O>(class, d_output)[first..], e);
        }
        let weight = load(&pixels.weights.0);
        let scale = weight.div(sum);
        for class in 0..O::CLASSES {
            let d = &mut pixels.of_mut::<O>(class, d_output)[first..];
            let scaled = load_first(simd, d, E::Scalar::ZERO).mul(scale);
            store_first::<E::Scalar, S>(d, weight.select_greater(zero, scaled, zero));
        }
        let store = |register, row: &mut Lanes<_>| {
            store_at::<E::Scalar, S>(&mut row.0, first, register);
        };
        store(maximum, &mut columns.maximum);
        store(argmax, &mut columns.argmax);
        store(sum, &mut columns.sum);
    }
    columns
}

/// `d_output −= ε/K · wₖ` for each lane that counts; notes the spread of the logits.
#[inline(always)]
fn smooth<O: Logits, W: ClassWeights<O>, S: Simd, E: BlockElement>(
    simd: S,
    pixels: &Pixels<'_, E, W>,
    columns: &mut Columns<E::Scalar>,
    output: &[E],
    d_output: &mut [E],
) {
    let mean = pixels.mean;
    let mut each = Lanes::splat(E::Scalar::ZERO);
    for (n, _) in pixels.counted() {
        each.0[n] = E::Scalar::from_f64(mean.each * mean.share);
    }
    let lanes = pixels.of::<O>(0, output).len();
    for first in (0..lanes).step_by(width::<E::Scalar, S>()) {
        let each = load_at(simd, &each.0, first);
        let maximum = load_at(simd, &columns.maximum.0, first);
        let mut sum = splat(simd, E::Scalar::ZERO);
        for class in 0..O::CLASSES {
            let weight = E::Scalar::from_f64(mean.loss.weights.of(class));
            let weight = splat(simd, weight);
            let row = &pixels.of::<O>(class, output)[first..];
            let x = load_first(simd, row, E::Scalar::ZERO);
            sum = weight.mul_add(maximum.sub(x), sum);
            let d = &mut pixels.of_mut::<O>(class, d_output)[first..];
            let smoothed = load_first(simd, d, E::Scalar::ZERO).sub(each.mul(weight));
            store_first::<E::Scalar, S>(d, smoothed);
        }
        store_at::<E::Scalar, S>(&mut columns.spread.0, first, sum);
    }
}

/// `d_output[class] −= (1 − ε) · w` for each lane that counts.
#[inline(always)]
fn subtract_classes<O: Logits, W: ClassWeights<O>, E: BlockElement>(
    pixels: &Pixels<'_, E, W>,
    d_output: &mut [E],
) {
    let mean = pixels.mean;
    for (n, class) in pixels.counted() {
        let weight = mean.own * mean.loss.weights.of(class) * mean.share;
        let d = &mut pixels.of_mut::<O>(class, d_output)[n];
        *d = *d - E::Scalar::from_f64(weight);
    }
}

/// The loss of each lane that counts, and whether its prediction is correct.
#[inline(always)]
fn total<O: Logits, W: ClassWeights<O>, E: BlockElement>(
    pixels: &Pixels<'_, E, W>,
    columns: &Columns<E::Scalar>,
    output: &[E],
) -> BlockLoss {
    let mean = pixels.mean;
    let mut block = BlockLoss::default();
    for (n, class) in pixels.counted() {
        let weight = mean.loss.weights.of(class);
        let logit = pixels.of::<O>(class, output)[n];
        // The difference first: it is exact where the class has the largest logit.
        let behind = (columns.maximum.0[n] - logit).to_f64();
        let log = libm::log(columns.sum.0[n].to_f64());
        let mut loss = mean.own * weight * (log + behind);
        if mean.each > 0.0 {
            loss += mean.each * (mean.sum_of_weights * log + columns.spread.0[n].to_f64());
        }
        block.loss += mean.share * loss;
        block.weight += weight;
        block.counted += 1;
        block.correct += usize::from(columns.argmax.0[n].to_f64() == class as f64);
    }
    block
}
