//! Cross-entropy of independent yes-or-no questions, from logits.

use super::elements::{Element, ElementLoss, check_values, mean_of_elements};
use super::{BlockLoss, LabelWeights, Loss, TargetFault};
use crate::element::BlockElement;
use crate::hyperparameter::HyperparameterFault;
use crate::micro::unless_negligible;
use crate::shape::Shape;
use crate::simd::{Scalar, Simd, Vector};
use crate::target::Values;

/// The cross-entropy between the sigmoid of each output and its target, averaged over elements and
/// batch: for a network that ends with one logit per label or pixel, without an activation.
///
/// For logits `x` and targets `t` of any shape with `E` elements, `N` samples, `σ` the sigmoid and `q`
/// the positive weight of the element's label:
///
/// ```text
/// loss = Σ (q · t · log(1 + e^−x) + (1 − t) · log(1 + e^x)) / (N · E)
/// d_x  = ((1 − t) · σ(x) − q · t · σ(−x)) / (N · E)
/// ```
///
/// A target is a probability, 0 to 1. The exponential is only taken of `−|x|`, so no logit
/// overflows it; a sigmoid below 1.4e-20 in `f32`
/// ([`Scalar::NEGLIGIBLE`](crate::simd::Scalar::NEGLIGIBLE)) gives no gradient. The positive
/// weight, a finite number above 0, is 1 unless [`positive_weight`](Self::positive_weight) sets it
/// for all labels or [`positive_weights`](Self::positive_weights) for each. This is PyTorch's
/// `binary_cross_entropy_with_logits` with its `pos_weight`. A prediction is correct if its logit
/// is above 0 exactly where the target is above ½.
///
/// ```
/// use cnn_runtime::loss::{BinaryCrossEntropy, Loss};
/// use cnn_runtime::Flat;
///
/// // Of the first label, about a quarter are positive; of the second, half.
/// let loss = BinaryCrossEntropy::new().positive_weights([3.0, 1.0]);
/// assert!(Loss::<Flat<2>>::check(&loss, &[0.0, 1.0]).is_ok());
/// let fault = Loss::<Flat<2>>::check(&loss, &[0.0, 1.5]).unwrap_err().to_string();
/// assert!(fault.starts_with("is 1.5 at element 1, expected a probability from 0 to 1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy<W = f64> {
    positive_weight: W,
}

impl BinaryCrossEntropy {
    /// The loss that weighs both answers equally.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            positive_weight: 1.0,
        }
    }

    /// Multiplies the loss of positive targets: more than 1 where they are rare.
    #[must_use]
    pub const fn positive_weight(mut self, weight: f64) -> Self {
        self.positive_weight = weight;
        self
    }

    /// Multiplies the loss of positive targets, by one weight for each label: each element of a vector,
    /// each channel of an image or a signal.
    #[must_use]
    pub const fn positive_weights<const K: usize>(
        self,
        weights: [f64; K],
    ) -> BinaryCrossEntropy<[f64; K]> {
        BinaryCrossEntropy {
            positive_weight: weights,
        }
    }
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Shape, W: LabelWeights<O>> Loss<O> for BinaryCrossEntropy<W> {
    type Target = Values<O>;
    const EQUAL_WEIGHTS: bool = true;
    const COUNTS_CORRECT: bool = true;

    fn validate(&self) -> Result<(), HyperparameterFault> {
        self.positive_weight.validate()
    }

    fn check(&self, target: &[f32]) -> Result<(), TargetFault> {
        check_values::<O>(target)?;
        let outside = |value: &f32| !(0.0..=1.0).contains(value);
        match target.iter().position(outside) {
            Some(element) => Err(TargetFault::NotProbability {
                element,
                found: target[element],
            }),
            None => Ok(()),
        }
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

impl<O: Shape, W: LabelWeights<O>> ElementLoss<O> for BinaryCrossEntropy<W> {
    const COUNTS_CORRECT: bool = true;

    #[inline(always)]
    fn label_weight(self, index: usize) -> f64 {
        self.positive_weight.of(index)
    }

    #[inline(always)]
    fn element<T: Scalar, S: Simd>(
        self,
        simd: S,
        positive_weight: T::Vector<S>,
        x: T::Vector<S>,
        t: T::Vector<S>,
    ) -> Element<T::Vector<S>> {
        let constant = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
        let (zero, one) = (constant(0.0), constant(1.0));
        let negated = zero.sub(x);
        // −|x|, in which a NaN stays NaN.
        let e = T::exp(simd, x.min(negated));
        // σ(|x|) and σ(−|x|).
        let large = one.div(one.add(e));
        let small = unless_negligible::<T, S>(simd, e).mul(large);
        let log = log_one_plus::<T, S>(simd, e);

        let (yes, no) = (positive_weight.mul(t), one.sub(t));
        let sigmoid = x.select_greater(zero, large, small);
        let sigmoid_of_negated = x.select_greater(zero, small, large);
        let (positive, negative) = (positive_part(zero, x), positive_part(zero, negated));
        let wanted = t.select_greater(constant(0.5), one, zero);
        Element {
            value: yes.mul(negative.add(log)).add(no.mul(positive.add(log))),
            derivative: no.mul(sigmoid).sub(yes.mul(sigmoid_of_negated)),
            correct: x.select_greater(zero, wanted, one.sub(wanted)),
        }
    }
}

/// `max(x, 0)`, in which a NaN stays NaN.
#[inline(always)]
fn positive_part<T: Scalar, S: Simd, V: Vector<T, S>>(zero: V, x: V) -> V {
    zero.max(x)
}

/// `log(1 + e)` for `0 ≤ e ≤ 1`, to the precision of the scalar; NaN stays NaN.
///
/// `log(1 + e) = 2 artanh(s) = 2 Σ s^(2k+1) / (2k + 1)` with `s = e / (2 + e) ≤ 1/3`; what is left
/// behind 17 terms is less than 2e-18 of the result.
#[inline(always)]
fn log_one_plus<T: Scalar, S: Simd>(simd: S, e: T::Vector<S>) -> T::Vector<S> {
    const TERMS: usize = 17;
    let constant = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
    let s = e.div(constant(2.0).add(e));
    // Not denormal, and nothing beside 1.
    let root = constant(1e-18).max(s);
    let square = root.mul(root);
    let mut sum = constant(1.0 / (2 * TERMS - 1) as f64);
    for k in (0..TERMS - 1).rev() {
        sum = sum.mul_add(square, constant(1.0 / (2 * k + 1) as f64));
    }
    s.add(s).mul(sum)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_against_naive, check_gradient, run_elements, spread};
    use super::*;
    use crate::lanes::Lanes;
    use crate::shape::{Chw, Cl, Flat};
    use crate::simd::{Kernel, Level};

    #[test]
    fn loss_and_gradient_are_those_worked_by_hand() {
        // e^−x = 3: σ(x) = 1/4, so a positive costs ln 4 and a negative ln (4/3).
        let x = -3.0f64.ln();
        let targets: [&[f32]; 3] = [&[1.0], &[0.0], &[0.5]];
        for level in Level::available() {
            let loss = &BinaryCrossEntropy::new().positive_weight(2.0);
            let (block, d_output) =
                run_elements::<Flat<1>, _>(level, loss, 3.0, &[Lanes::splat(x)], &targets);
            let (yes, no) = (2.0 * 4.0f64.ln(), (4.0f64 / 3.0).ln());
            let expected = (yes + no + (yes + no) / 2.0) / 3.0;
            assert!((block.loss - expected).abs() < 1e-15, "{level:?}");
            assert_eq!((block.counted, block.correct), (3, 2));
            for (d, expected) in d_output[0].0.iter().zip([-1.5, 0.25, -0.625, 0.0]) {
                assert!((d - expected / 3.0).abs() < 1e-15, "{level:?} {d}");
            }
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let target = [0.0, 1.0, 0.3, 1.0, 0.0, 0.5f32];
        for weight in [1.0, 3.5] {
            let loss = BinaryCrossEntropy::new().positive_weight(weight);
            let output = spread(6);
            check_gradient::<Chw<1, 2, 3>, _>(&loss, &output, &[&target[..]; 16]);
            check_gradient::<Chw<1, 2, 3>, _>(&loss, &output, &[&target[..]; 3]);
        }
    }

    #[test]
    fn it_equals_plain_loops_for_any_batch() {
        for weight in [1.0, 0.4] {
            let loss = BinaryCrossEntropy::new().positive_weight(weight);
            let naive = |x: f64, t: f64| {
                let probability = 1.0 / (1.0 + (-x).exp());
                let value = -weight * t * probability.ln() - (1.0 - t) * (1.0 - probability).ln();
                let slope = (1.0 - t) * probability - weight * t * (1.0 - probability);
                (value, slope)
            };
            let probability = |t: f32| (t + 4.0) / 8.0;
            check_against_naive::<Chw<2, 13, 11>, _>(&loss, naive, probability);
        }
    }

    #[test]
    fn a_negligible_sigmoid_gives_no_gradient() {
        for level in Level::available() {
            let at = |x: f64| {
                let (loss, output) = (&BinaryCrossEntropy::new(), [Lanes::splat(x)]);
                let (_, d_output) =
                    run_elements::<Flat<1>, _>(level, loss, 1.0, &output, &[&[0.0]]);
                d_output[0].0[0]
            };
            assert_eq!(at(f64::NEGLIGIBLE.ln() - 0.1), 0.0, "{level:?}");
            assert!(at(f64::NEGLIGIBLE.ln() + 0.1) > 0.0, "{level:?}");
            assert!(at(f64::NAN).is_nan(), "{level:?}");
        }
    }

    #[test]
    fn large_logits_do_not_overflow_and_keep_small_losses() {
        let targets: [&[f32]; 2] = [&[1.0], &[0.0]];
        for level in Level::available() {
            let at = |x: f64| {
                let loss = &BinaryCrossEntropy::new();
                let output = [Lanes::splat(x)];
                run_elements::<Flat<1>, _>(level, loss, 1.0, &output, &targets)
            };
            assert_eq!(at(1e4).0.loss, 1e4, "{level:?}");
            let (block, d_output) = at(-40.0);
            assert!((block.loss - 40.0).abs() < 1e-12);
            let tiny = (-40.0f64).exp();
            assert!((d_output[0].0[1] - tiny).abs() < 1e-15 * tiny, "{level:?}");
        }
    }

    #[test]
    fn nan_is_not_swallowed() {
        let targets: [&[f32]; 1] = [&[1.0]];
        for level in Level::available() {
            let loss = &BinaryCrossEntropy::new();
            let output = [Lanes::splat(f64::NAN)];
            let (block, d_output) = run_elements::<Flat<1>, _>(level, loss, 1.0, &output, &targets);
            assert!(
                block.loss.is_nan() && d_output[0].0[0].is_nan(),
                "{level:?}"
            );
            assert_eq!(d_output[0].0[1..], [0.0; 15], "lanes without a sample");
        }
    }

    #[test]
    fn each_label_has_its_weight() {
        let targets: [&[f32]; 2] = [
            &[1.0, 0.25, 1.0, 0.0, 1.0, 0.5],
            &[0.0, 1.0, 0.5, 1.0, 0.0, 1.0],
        ];
        let weights = [3.0, 0.5];
        for level in Level::available() {
            let output = spread(6);
            // Per channel, what the loss with one weight for all gives for the channel.
            let one = |weight| {
                let loss = BinaryCrossEntropy::new().positive_weight(weight);
                run_elements::<Cl<2, 3>, _>(level, &loss, 2.0, &output, &targets).1
            };
            let expected = [one(weights[0])[..3].to_vec(), one(weights[1])[3..].to_vec()].concat();
            let loss = BinaryCrossEntropy::new().positive_weights(weights);
            let (signal, of_signal) =
                run_elements::<Cl<2, 3>, _>(level, &loss, 2.0, &output, &targets);
            let (image, of_image) =
                run_elements::<Chw<2, 3, 1>, _>(level, &loss, 2.0, &output, &targets);
            assert_eq!(of_signal, expected, "{level:?}");
            assert_eq!(of_image, expected, "{level:?}");
            assert_eq!(image.loss, signal.loss);
            let each = BinaryCrossEntropy::new().positive_weights([3.0, 3.0, 3.0, 0.5, 0.5, 0.5]);
            let (flat, of_flat) = run_elements::<Flat<6>, _>(level, &each, 2.0, &output, &targets);
            assert_eq!((flat.loss, of_flat), (signal.loss, expected));
        }
    }

    struct LogOnePlus<T>(T);

    impl<T: Scalar> Kernel for LogOnePlus<T> {
        type Output = f64;
        fn run<S: Simd>(self, simd: S) -> f64 {
            let mut lanes = [T::ZERO; crate::BLOCK];
            let e = T::Vector::<S>::splat(simd, self.0);
            log_one_plus::<T, S>(simd, e).store(&mut lanes[..T::Vector::<S>::LANES]);
            lanes[0].to_f64()
        }
    }

    #[test]
    fn the_logarithm_keeps_the_precision_of_the_scalar() {
        for level in Level::available() {
            for i in 0..=4000 {
                let e = 1.3f64.powi(-i / 20) * (1.0 - f64::from(i % 20) / 40.0);
                let error = |found: f64, exact: f64| (found - exact).abs() / exact;
                let double = error(level.run(LogOnePlus(e)), libm::log1p(e));
                assert!(double < 6e-16, "{level:?} {e}: {double:e}");
                let single = error(
                    level.run(LogOnePlus(e as f32)),
                    libm::log1p(f64::from(e as f32)),
                );
                assert!(single < 3e-7, "{level:?} {e}: {single:e}");
            }
            assert_eq!(level.run(LogOnePlus(0.0f32)), 0.0);
        }
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let loss = BinaryCrossEntropy::new().positive_weight(weight);
            assert!(Loss::<Flat<1>>::validate(&loss).is_err(), "{weight}");
            let each = BinaryCrossEntropy::new().positive_weights([1.0, weight]);
            let fault = Loss::<Chw<2, 3, 3>>::validate(&each);
            let fault = fault.expect_err("the second weight makes no sense");
            assert_eq!(
                (fault.name, fault.index),
                ("positive weight of label", Some(1))
            );
        }
        let check = |target: &[f32]| Loss::<Flat<2>>::check(&BinaryCrossEntropy::new(), target);
        assert_eq!(check(&[0.0, 1.0]), Ok(()));
        let fault = check(&[0.0, -0.5]);
        let (element, found) = (1, -0.5);
        assert_eq!(fault, Err(TargetFault::NotProbability { element, found }));
    }
}
