//! The cross-entropy by hand, against plain loops, and at its limits.

use super::super::tests::{On, Run, check_gradient, noise, spread};
use super::*;
use crate::lanes::Lanes;
use crate::shape::{Chw, Flat};
use crate::simd::Level;
use crate::simd::Scalar;
use crate::target::Target;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

fn run<T: Scalar>(
    level: Level,
    total_weight: f64,
    output: &[Lanes<T>],
    targets: &[usize],
) -> (BlockLoss, Vec<Lanes<T>>) {
    let loss = &SoftmaxCrossEntropy;
    let run = Run {
        loss,
        total_weight,
        output,
        targets,
    };
    level.run(On::<Flat<3>, _>(run, PhantomData))
}

fn logits<T: Scalar>(sample: [f64; 3]) -> Vec<Lanes<T>> {
    sample.map(|x| Lanes::splat(T::from_f64(x))).to_vec()
}

#[test]
fn loss_and_gradient_are_those_worked_by_hand() {
    // e^0, e^ln2, e^ln5: softmax (1, 2, 5) / 8, class 1: −ln (2/8) = ln 4.
    let output = logits::<f64>([0.0, 2.0f64.ln(), 5.0f64.ln()]);
    for level in Level::available() {
        let (block, d_output) = run(level, 2.0, &output, &[1, 2]);
        let expected = (4.0f64.ln() + (8.0f64 / 5.0).ln()) / 2.0;
        assert!((block.loss - expected).abs() < 1e-15, "{level:?}");
        assert_eq!(block.correct, 1);
        let gradients = [[1.0, 1.0], [2.0 - 8.0, 2.0], [5.0, 5.0 - 8.0]];
        for (d, expected) in d_output.iter().zip(gradients) {
            assert!((d.0[0] - expected[0] / 16.0).abs() < 1e-15);
            assert!((d.0[1] - expected[1] / 16.0).abs() < 1e-15);
            assert_eq!(d.0[2..], [0.0; 14], "lanes without a sample");
        }
    }
}

#[test]
fn gradient_is_that_of_finite_differences() {
    let output = spread(3);
    check_gradient::<Flat<3>, _>(&SoftmaxCrossEntropy, &output, &[2, 0, 1, 1, 0]);
    check_gradient::<Flat<3>, _>(&SoftmaxCrossEntropy, &output, &[1; 16]);
}

#[test]
fn a_class_of_negligible_probability_has_no_gradient() {
    for level in Level::available() {
        let (_, d_output) = run(level, 1.0, &logits::<f32>([0.0, -45.8, -45.7]), &[0]);
        let found = d_output.iter().map(|d| d.0[0]).collect::<Vec<_>>();
        assert_eq!(found[..2], [0.0; 2], "{level:?}");
        assert!(found[2] >= f32::NEGLIGIBLE, "{level:?} {found:?}");
        let (block, d_output) = run(
            level,
            1.0,
            &logits::<f32>([0.0, f32::NAN.into(), 0.0]),
            &[0],
        );
        assert!(
            block.loss.is_nan() && d_output[1].0[0].is_nan(),
            "{level:?}"
        );
    }
}

#[test]
fn large_logits_do_not_overflow() {
    for level in Level::available() {
        let (block, d_output) = run(level, 1.0, &logits::<f32>([1e4, -1e4, 9.9e3]), &[1]);
        assert_eq!(block.loss, 2e4, "{level:?}");
        assert_eq!(d_output[0].0[0], 1.0);
        assert_eq!(d_output[1].0[0], -1.0);
    }
}

#[test]
fn the_first_of_equal_logits_is_the_prediction() {
    let (block, _) = run(
        Level::detect(),
        3.0,
        &logits::<f32>([0.0, 2.0, 2.0]),
        &[0, 1, 2],
    );
    assert_eq!(block.correct, 1);
}

#[test]
fn logits_that_are_not_finite_make_the_loss_not_finite() {
    for bad in [f64::NAN, f64::INFINITY] {
        for level in Level::available() {
            let (block, d_output) = run(level, 1.0, &logits::<f32>([0.0, bad, 1.0]), &[0]);
            assert!(!block.loss.is_finite(), "{level:?}");
            assert_eq!(d_output[1].0[1..], [0.0; 15], "lanes without a sample");
        }
    }
}

#[test]
fn single_precision_is_close_to_double_precision() {
    let samples = [0.3, -2.0, 4.5];
    for level in Level::available() {
        let (single, d_single) = run(level, 1.0, &logits::<f32>(samples), &[0]);
        let (double, d_double) = run(level, 1.0, &logits::<f64>(samples), &[0]);
        assert!((single.loss - double.loss).abs() < 1e-6);
        for (s, d) in d_single.iter().zip(&d_double) {
            assert!((f64::from(s.0[0]) - d.0[0]).abs() < 5e-7);
        }
    }
}

/// The loss of whole batches in plain loops.
struct Naive<'a> {
    smoothing: f64,
    /// One per class.
    weights: &'a [f64],
    ignored: Option<usize>,
}

impl Naive<'_> {
    /// Loss, gradient and correct predictions of `samples[n][k][position]`.
    fn run(&self, samples: &[Vec<f64>], classes: &[Vec<usize>]) -> (f64, Vec<Vec<f64>>, usize) {
        let (count, positions) = (self.weights.len(), classes[0].len());
        let counted = |class: &usize| Some(*class) != self.ignored;
        let total: f64 = classes
            .iter()
            .flatten()
            .copied()
            .filter(counted)
            .map(|class| self.weights[class])
            .sum();
        let (mut loss, mut correct) = (0.0, 0);
        let mut gradients: Vec<Vec<f64>> = samples.iter().map(|s| vec![0.0; s.len()]).collect();
        for (n, sample) in samples.iter().enumerate() {
            for position in (0..positions).filter(|&p| counted(&classes[n][p])) {
                let class = classes[n][position];
                let logit = |k: usize| sample[k * positions + position];
                let sum: f64 = (0..count).map(|k| logit(k).exp()).sum();
                correct += usize::from((0..count).all(|k| logit(k) <= logit(class)));
                for k in 0..count {
                    let own = f64::from(u8::from(k == class));
                    let wanted = (1.0 - self.smoothing) * own * self.weights[class]
                        + self.smoothing / count as f64 * self.weights[k];
                    loss -= wanted * (logit(k) - sum.ln()) / total;
                    // By every logit: `−log pₖ` has the derivative `pⱼ − [j = k]`.
                    for j in 0..count {
                        let same = f64::from(u8::from(j == k));
                        gradients[n][j * positions + position] +=
                            wanted * (logit(j).exp() / sum - same) / total;
                    }
                }
            }
        }
        (loss, gradients, correct)
    }
}

/// Compares a loss with plain loops over batches of several blocks, on every level, and with finite
/// differences; `to_target` makes a target of the classes of a sample.
fn check_against_naive<O: Logits, L: Loss<O, Target = O::Target>>(
    loss: &L,
    naive: &Naive<'_>,
    to_target: fn(&[usize]) -> <O::Target as Target>::Ref<'static>,
) {
    let extra = naive.ignored.unwrap_or(0);
    for batch in [1, 16, 17, 45] {
        let class = |n, position| match (n * 7 + position * 5) % (O::CLASSES + 1) {
            k if k < O::CLASSES => k,
            _ => extra,
        };
        let classes: Vec<Vec<usize>> = (0..batch)
            .map(|n| {
                (0..O::POSITIONS)
                    .map(|position| class(n + 1, position))
                    .collect()
            })
            .collect();
        let samples: Vec<Vec<f64>> = (0..batch)
            .map(|n| (0..O::ELEMENTS).map(|e| noise(n * 1009 + e)).collect())
            .collect();
        let targets: Vec<_> = classes.iter().map(|classes| to_target(classes)).collect();
        let (expected, gradients, correct) = naive.run(&samples, &classes);
        for level in Level::available() {
            let mut total = BlockLoss::default();
            for (block, targets) in targets.chunks(16).enumerate() {
                let samples = &samples[block * 16..][..targets.len()];
                let lane = |e: usize| move |n: usize| samples.get(n).map_or(0.5, |s| s[e]);
                let output: Vec<Lanes<f64>> = (0..O::ELEMENTS)
                    .map(|e| Lanes(core::array::from_fn(lane(e))))
                    .collect();
                let total_weight =
                    loss.total_weight(classes.iter().map(|classes| to_target(classes)));
                let run = Run {
                    loss,
                    total_weight,
                    output: &output,
                    targets,
                };
                let (part, d_output) = level.run(On::<O, _>(run, PhantomData));
                total += part;
                for (n, expected) in gradients[block * 16..][..targets.len()].iter().enumerate() {
                    for (e, expected) in expected.iter().enumerate() {
                        let found = d_output[e].0[n];
                        assert!(
                            (found - expected).abs() < 1e-14,
                            "{level:?}, batch {batch}, sample {n}, element {e}: {found} {expected}"
                        );
                    }
                }
                for d in &d_output {
                    assert!(d.0[targets.len()..].iter().all(|&d| d == 0.0));
                }
            }
            assert!(
                (total.loss - expected).abs() < 1e-12,
                "{level:?}, batch {batch}"
            );
            assert_eq!(total.correct, correct);
        }
    }
    let targets: Vec<_> = (0..11)
        .map(|n| {
            let classes = (0..O::POSITIONS).map(|p| (n + p) % O::CLASSES);
            to_target(&classes.collect::<Vec<_>>())
        })
        .collect();
    check_gradient::<O, L>(loss, &spread(O::ELEMENTS), &targets);
}

fn class(classes: &[usize]) -> usize {
    classes[0]
}

/// Leaked, since a test's targets outlive everything.
fn class_map(classes: &[usize]) -> &'static [u16] {
    let classes: Vec<u16> = classes.iter().map(|&class| class as u16).collect();
    classes.leak()
}

#[test]
fn plain_loss_equals_plain_loops_for_any_batch() {
    let naive = Naive {
        smoothing: 0.0,
        weights: &[1.0; 5],
        ignored: None,
    };
    check_against_naive::<Flat<5>, _>(&SoftmaxCrossEntropy, &naive, class);
    check_against_naive::<Chw<5, 2, 3>, _>(&SoftmaxCrossEntropy, &naive, class_map);
}

#[test]
fn every_option_equals_plain_loops_for_any_batch() {
    let weights = [1.5, 0.0, 0.25, 3.0];
    for smoothing in [0.0, 0.1, 1.0] {
        for ignored in [None, Some(2), Some(255)] {
            let naive = Naive {
                smoothing,
                weights: &[1.0; 4],
                ignored,
            };
            let mut loss = SoftmaxCrossEntropy.label_smoothing(smoothing);
            loss.ignored = ignored;
            check_against_naive::<Flat<4>, _>(&loss, &naive, class);
            check_against_naive::<Chw<4, 3, 1>, _>(&loss, &naive, class_map);

            let naive = Naive {
                weights: &weights,
                ..naive
            };
            let loss = loss.class_weights(weights);
            check_against_naive::<Flat<4>, _>(&loss, &naive, class);
            check_against_naive::<Chw<4, 3, 1>, _>(&loss, &naive, class_map);
        }
    }
}

#[test]
fn a_batch_in_which_nothing_counts_has_no_loss_and_no_gradient() {
    for level in Level::available() {
        let run = Run {
            loss: &SoftmaxCrossEntropy.label_smoothing(0.1).ignore_index(1),
            total_weight: 0.0,
            output: &logits::<f32>([0.0, 1.0, 2.0]),
            targets: &[1, 1],
        };
        let (block, d_output) = level.run(On::<Flat<3>, _>(run, PhantomData));
        assert_eq!(block, BlockLoss::default(), "{level:?}");
        assert!(d_output.iter().all(|d| d.0 == [0.0; 16]));
    }
}

#[test]
fn targets_out_of_range_are_refused_unless_ignored() {
    type Image = Chw<3, 2, 2>;
    let fault = Loss::<Image>::check(&SoftmaxCrossEntropy, &[0, 1, 2, 7]);
    let (pixel, found, classes) = ([1, 1], 7, 3);
    assert_eq!(
        fault,
        Err(TargetFault::PixelClass {
            pixel,
            found,
            classes
        })
    );
    assert_eq!(
        fault.expect_err("7 is no class").to_string(),
        "is class 7 at row 1, column 1, but the network tells 3 classes apart, 0 to 2; correct the \
         label, or leave it out with `SoftmaxCrossEntropy.ignore_index(7)`"
    );
    let loss = SoftmaxCrossEntropy.ignore_index(7);
    assert_eq!(Loss::<Image>::check(&loss, &[0, 1, 2, 7]), Ok(()));
    let (found, expected) = (3, 4);
    let fault = Loss::<Image>::check(&loss, &[0, 1, 2]);
    assert_eq!(fault, Err(TargetFault::Length { found, expected }));
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let message = |weights: [f64; 3], smoothing: f64| {
        let loss = SoftmaxCrossEntropy
            .class_weights(weights)
            .label_smoothing(smoothing);
        let fault = Loss::<Flat<3>>::validate(&loss);
        fault.err().map(|fault| fault.to_string())
    };
    assert_eq!(message([0.0, 1.0, 2.0], 1.0), None);
    assert_eq!(
        message([1.0; 3], 1.5).as_deref(),
        Some(
            "the label smoothing is 1.5, expected a number from 0 to 1; write for example \
             `.label_smoothing(0.1)`"
        )
    );
    assert!(message([1.0; 3], f64::NAN).is_some() && message([1.0; 3], -0.1).is_some());
    assert_eq!(
        message([1.0, 1.0, -2.0], 0.0).as_deref(),
        Some(
            "the weight of class 2 is -2, expected a finite number, 0 or above; give every class a \
             weight, 0 if it does not count, as in `.class_weights([1.0, 2.5])`"
        )
    );
    assert!(message([1.0, f64::NAN, 1.0], 0.0).is_some());
    assert!(message([1.0, f64::INFINITY, 1.0], 0.0).is_some());
}
