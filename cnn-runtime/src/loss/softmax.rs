//! The loops of the cross-entropy: one block, position by position, samples in the lanes.

use super::logits::{ClassWeights, Logits};
use super::{BlockLoss, CrossEntropy};
use crate::lanes::{BLOCK, Lanes};
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Target;

/// `Loss::block` of the cross-entropy with its options.
pub(super) fn cross_entropy<O: Logits, W: ClassWeights<O>, T: Scalar, S: Simd>(
    loss: &CrossEntropy<W>,
    simd: S,
    total_weight: f64,
    output: &[Lanes<T>],
    targets: &[<O::Target as Target>::Ref<'_>],
    d_output: &mut [Lanes<T>],
) -> BlockLoss {
    simd.vectorize(
        #[inline(always)]
        || {
            let mean = Mean::new::<O>(loss, total_weight);
            let mut block = BlockLoss::default();
            for position in 0..O::POSITIONS {
                let pixel = Pixel::new::<O>(&mean, targets, position);
                let mut columns = softmax::<O, W, T, S>(simd, &pixel, output, d_output);
                if loss.smoothing > 0.0 {
                    smooth::<O, W, T, S>(simd, &pixel, &mut columns, output, d_output);
                }
                subtract_classes::<O, W, T>(&pixel, d_output);
                block += total::<O, W, T>(&pixel, &columns, output);
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

/// One position of all samples of the block.
struct Pixel<'m, T, W> {
    mean: &'m Mean<'m, W>,
    position: usize,
    /// The classes; `None` where it is ignored, or where there is no sample.
    classes: [Option<usize>; BLOCK],
    /// By what the softmax is multiplied in the gradient.
    weights: Lanes<T>,
}

impl<'m, T: Scalar, W> Pixel<'m, T, W> {
    #[inline(always)]
    fn new<O: Logits>(
        mean: &'m Mean<'_, W>,
        targets: &[<O::Target as Target>::Ref<'_>],
        position: usize,
    ) -> Self
    where
        W: ClassWeights<O>,
    {
        let mut pixel = Self {
            mean,
            position,
            classes: [None; BLOCK],
            weights: Lanes::splat(T::ZERO),
        };
        for (n, &target) in targets.iter().enumerate() {
            pixel.classes[n] = mean.loss.class::<O>(target, position);
            if let Some(class) = pixel.classes[n] {
                let own = mean.own * mean.loss.weights.of(class);
                let weight = own + mean.each * mean.sum_of_weights;
                pixel.weights.0[n] = T::from_f64(weight * mean.share);
            }
        }
        pixel
    }

    /// The samples that count, with their classes.
    #[inline(always)]
    fn counted(&self) -> impl Iterator<Item = (usize, usize)> {
        let classes = self.classes.iter().enumerate();
        classes.filter_map(|(n, class)| Some((n, (*class)?)))
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
    /// `Σₖ wₖ · (maximum − xₖ)`, where labels are smoothed.
    spread: Lanes<T>,
}

/// The logits of one position, class by class.
#[inline(always)]
fn at<O: Logits, T>(position: usize, output: &[Lanes<T>]) -> impl Iterator<Item = &Lanes<T>> {
    output[position..].iter().step_by(O::POSITIONS)
}

/// The same, to be changed.
#[inline(always)]
fn at_mut<O: Logits, T>(
    position: usize,
    output: &mut [Lanes<T>],
) -> impl Iterator<Item = &mut Lanes<T>> {
    output[position..].iter_mut().step_by(O::POSITIONS)
}

/// `d_output = weight · softmax(output)` in each lane, zero where the weight is zero.
#[inline(always)]
fn softmax<O: Logits, W, T: Scalar, S: Simd>(
    simd: S,
    pixel: &Pixel<'_, T, W>,
    output: &[Lanes<T>],
    d_output: &mut [Lanes<T>],
) -> Columns<T> {
    let position = pixel.position;
    let mut columns = Columns {
        maximum: Lanes::splat(T::ZERO),
        argmax: Lanes::splat(T::ZERO),
        sum: Lanes::splat(T::ZERO),
        spread: Lanes::splat(T::ZERO),
    };
    let zero = T::Vector::<S>::splat(simd, T::ZERO);
    for first in (0..BLOCK).step_by(T::Vector::<S>::LANES) {
        let place = first..first + T::Vector::<S>::LANES;
        let load = |lanes: &Lanes<T>| T::Vector::<S>::load(simd, &lanes.0[place.clone()]);

        let (mut maximum, mut argmax) = (load(&output[position]), zero);
        for (k, logits) in at::<O, T>(position, output).enumerate().skip(1) {
            let (x, k) = (
                load(logits),
                T::Vector::<S>::splat(simd, T::from_f64(k as f64)),
            );
            argmax = x.select_greater(maximum, k, argmax);
            maximum = x.max(maximum);
        }
        let mut sum = zero;
        let gradients = at_mut::<O, T>(position, d_output);
        for (logits, d) in at::<O, T>(position, output).zip(gradients) {
            let e = T::exp(simd, load(logits).sub(maximum));
            sum = sum.add(e);
            e.store(&mut d.0[place.clone()]);
        }
        let weight = load(&pixel.weights);
        let scale = weight.div(sum);
        for d in at_mut::<O, T>(position, d_output) {
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

/// `d_output −= ε/K · wₖ` for each sample that counts; notes the spread of the logits.
#[inline(always)]
fn smooth<O: Logits, W: ClassWeights<O>, T: Scalar, S: Simd>(
    simd: S,
    pixel: &Pixel<'_, T, W>,
    columns: &mut Columns<T>,
    output: &[Lanes<T>],
    d_output: &mut [Lanes<T>],
) {
    let (mean, position) = (pixel.mean, pixel.position);
    let mut each = Lanes::splat(T::ZERO);
    for (n, _) in pixel.counted() {
        each.0[n] = T::from_f64(mean.each * mean.share);
    }
    for first in (0..BLOCK).step_by(T::Vector::<S>::LANES) {
        let place = first..first + T::Vector::<S>::LANES;
        let load = |lanes: &Lanes<T>| T::Vector::<S>::load(simd, &lanes.0[place.clone()]);
        let (each, maximum) = (load(&each), load(&columns.maximum));
        let mut sum = T::Vector::<S>::splat(simd, T::ZERO);
        let gradients = at_mut::<O, T>(position, d_output);
        for (k, (logits, d)) in at::<O, T>(position, output).zip(gradients).enumerate() {
            let weight = T::Vector::<S>::splat(simd, T::from_f64(mean.loss.weights.of(k)));
            sum = weight.mul_add(maximum.sub(load(logits)), sum);
            let smoothed = load(d).sub(each.mul(weight));
            smoothed.store(&mut d.0[place.clone()]);
        }
        sum.store(&mut columns.spread.0[place.clone()]);
    }
}

/// `d_output[class] −= (1 − ε) · w` for each sample that counts.
#[inline(always)]
fn subtract_classes<O: Logits, W: ClassWeights<O>, T: Scalar>(
    pixel: &Pixel<'_, T, W>,
    d_output: &mut [Lanes<T>],
) {
    let (mean, position) = (pixel.mean, pixel.position);
    for (n, class) in pixel.counted() {
        let weight = mean.own * mean.loss.weights.of(class) * mean.share;
        let d = &mut d_output[class * O::POSITIONS + position].0[n];
        *d = *d - T::from_f64(weight);
    }
}

/// The loss of each sample that counts, and whether its prediction is correct.
#[inline(always)]
fn total<O: Logits, W: ClassWeights<O>, T: Scalar>(
    pixel: &Pixel<'_, T, W>,
    columns: &Columns<T>,
    output: &[Lanes<T>],
) -> BlockLoss {
    let (mean, position) = (pixel.mean, pixel.position);
    let mut block = BlockLoss::default();
    for (n, class) in pixel.counted() {
        let weight = mean.loss.weights.of(class);
        let logit = output[class * O::POSITIONS + position].0[n];
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
