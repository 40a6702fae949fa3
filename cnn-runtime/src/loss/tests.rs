//! What the tests of all losses have in common: one block on any level, finite differences, and plain
//! loops for the losses that look at every element by itself.

use super::*;
use crate::simd::{Kernel, Level};
use crate::target::Values;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::BLOCK;

/// Any loss on one block, on any level.
pub(super) struct Run<'a, L, R, T> {
    pub(super) loss: &'a L,
    pub(super) total_weight: f64,
    pub(super) output: &'a [Lanes<T>],
    pub(super) targets: &'a [R],
}

/// The output shape is a parameter of the trait, so it is one of the kernel.
pub(super) struct On<O, K>(pub(super) K, pub(super) PhantomData<O>);

impl<'t, O: Shape, L: Loss<O>, T: Scalar> Kernel
    for On<O, Run<'_, L, <L::Target as Target>::Ref<'t>, T>>
{
    type Output = (BlockLoss, Vec<Lanes<T>>);
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let Run {
            loss,
            total_weight,
            output,
            targets,
        } = self.0;
        // Garbage, to see that every element is overwritten.
        let mut d_output = alloc::vec![Lanes::splat(T::from_f64(f64::NAN)); output.len()];
        let block = loss.block(simd, total_weight, output, targets, &mut d_output);
        let mut of_each = BlockLoss::default();
        for (n, target) in targets.iter().enumerate() {
            let output: Vec<T> = output.iter().map(|lanes| lanes.0[n]).collect();
            let mut alone = alloc::vec![T::from_f64(f64::NAN); output.len()];
            of_each += loss.block(simd, total_weight, &output, &[*target], &mut alone);
            for (alone, lanes) in alone.iter().zip(&d_output) {
                let [alone, beside] = [*alone, lanes.0[n]].map(|d| d.to_f64());
                assert_eq!(
                    alone.to_bits(),
                    beside.to_bits(),
                    "sample {n} alone: {alone}"
                );
            }
        }
        assert_same(of_each, block);
        (block, d_output)
    }
}

/// What samples add to a batch one by one is what they add together, but for rounding.
fn assert_same(of_each: BlockLoss, block: BlockLoss) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs() || a.is_nan() && b.is_nan();
    assert!(close(of_each.loss, block.loss) && close(of_each.weight, block.weight));
    assert_eq!(
        (of_each.counted, of_each.correct),
        (block.counted, block.correct)
    );
}

/// Compares the gradient with central differences on every level, in `f64`.
pub(super) fn check_gradient<'t, O: Shape, L: Loss<O>>(
    loss: &L,
    output: &[Lanes<f64>],
    targets: &[<L::Target as Target>::Ref<'t>],
) {
    const STEP: f64 = 1e-5;
    for level in Level::available() {
        let run = |output: &[Lanes<f64>]| {
            let run = Run {
                loss,
                total_weight: loss.total_weight(targets.iter().copied()) + 3.0,
                output,
                targets,
            };
            level.run(On::<O, _>(run, PhantomData))
        };
        let (_, d_output) = run(output);
        for element in 0..output.len() {
            for n in 0..BLOCK {
                let at = |shift: f64| {
                    let mut output = output.to_vec();
                    output[element].0[n] += shift;
                    run(&output).0.loss
                };
                let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                let found = d_output[element].0[n];
                assert!(
                    (numeric - found).abs() < 1e-9,
                    "{level:?} [{element}] sample {n}: {found} {numeric}"
                );
            }
        }
    }
}

/// [`Run`] of a loss with values as targets.
pub(super) fn run_elements<O: Shape, L>(
    level: Level,
    loss: &L,
    total_weight: f64,
    output: &[Lanes<f64>],
    targets: &[&[f32]],
) -> (BlockLoss, Vec<Lanes<f64>>)
where
    L: Loss<O, Target = Values<O>>,
{
    let run = Run {
        loss,
        total_weight,
        output,
        targets,
    };
    level.run(On::<O, _>(run, PhantomData))
}

/// Outputs of `elements` elements, different for every sample of a block.
pub(super) fn spread<T: Scalar>(elements: usize) -> Vec<Lanes<T>> {
    let value = |k, n| T::from_f64(((k * 7 + n * 5) % 11) as f64 * 0.3);
    (0..elements)
        .map(|k| Lanes(core::array::from_fn(|n| value(k, n))))
        .collect()
}

/// A number between −4 and 4 that looks random.
pub(super) fn noise(index: usize) -> f64 {
    (index.wrapping_mul(2_654_435_761) >> 7) as f64 % 8009.0 / 1001.125 - 4.0
}

/// Compares a loss with the mean of `naive(output, target) = (loss, derivative)` over batches of
/// several blocks, on every level; `to_target` makes a target of a number between −4 and 4.
pub(super) fn check_against_naive<O: Shape, L>(
    loss: &L,
    naive: impl Fn(f64, f64) -> (f64, f64),
    to_target: impl Fn(f32) -> f32,
) where
    L: Loss<O, Target = Values<O>>,
{
    for batch in [1, 16, 17, 45] {
        let targets: Vec<Vec<f32>> = (0..batch)
            .map(|n| {
                (0..O::ELEMENTS)
                    .map(|e| to_target(noise(n * 1009 + e + 77) as f32))
                    .collect()
            })
            .collect();
        let targets: Vec<&[f32]> = targets.iter().map(|target| &target[..]).collect();
        let count = (batch * O::ELEMENTS) as f64;
        for level in Level::available() {
            let (mut total, mut expected) = (BlockLoss::default(), 0.0);
            for (block, targets) in targets.chunks(BLOCK).enumerate() {
                let output: Vec<Lanes<f64>> = (0..O::ELEMENTS)
                    .map(|e| {
                        Lanes(core::array::from_fn(|n| {
                            noise((block * BLOCK + n) * 31 + e * 7)
                        }))
                    })
                    .collect();
                let (part, d_output) =
                    run_elements::<O, L>(level, loss, batch as f64, &output, targets);
                total += part;
                for (n, target) in targets.iter().enumerate() {
                    for (e, &t) in target.iter().enumerate() {
                        let (value, derivative) = naive(output[e].0[n], f64::from(t));
                        expected += value / count;
                        let found = d_output[e].0[n];
                        assert!(
                            (found - derivative / count).abs() < 1e-14,
                            "{level:?}, batch {batch}, sample {n}, element {e}: {found}"
                        );
                    }
                }
                for d in &d_output {
                    assert!(d.0[targets.len()..].iter().all(|&d| d == 0.0));
                }
            }
            let difference = (total.loss - expected).abs();
            assert!(
                difference < 1e-12,
                "{level:?}, batch {batch}: {difference:e}"
            );
            assert_eq!(total.weight, batch as f64);
        }
    }
}
