//! How numbers that every block leaves become one number for the whole batch.
//!
//! Blocks are added in their order, in `f64`, on one thread: the result has the same bits whichever
//! thread computed which block.

use core::ops::Range;

use crate::element::BlockElement;
use crate::simd::Scalar;
use crate::spec::{Reduction, Rule, Spec};

impl Reduction {
    /// Adds the numbers in the arena of a block of the batch's `samples` to `total`, which holds those of
    /// the samples before it.
    ///
    /// `total` has the length of `self.merged`, all zero before the first block.
    ///
    /// Mean and sum of squared deviations are combined by the formula of T. Chan, G. Golub and R.
    /// LeVeque, *Updating Formulae and a Pairwise Algorithm for Computing Sample Variances*, 1979: it
    /// never subtracts two large sums.
    ///
    /// # Panics
    /// If blocks are of one sample: only those of sixteen have room for two numbers in an element.
    pub fn add<E: BlockElement>(&self, arena: &[E], samples: Range<usize>, total: &mut [f64]) {
        let (first, second) = total.split_at_mut(self.place.len());
        let numbers = arena[self.place.clone()].iter();
        let own = numbers.map(|element| [0, 1].map(|k| element.samples()[k].to_f64()));
        let (n, m) = (samples.len() as f64, samples.start as f64);
        for ((first, second), own) in first.iter_mut().zip(second).zip(own) {
            match self.rule {
                Rule::Sums => {
                    *first += own[0];
                    *second += own[1];
                }
                Rule::Moments { per_sample, .. } => {
                    let distance = own[0] - *first;
                    let share = n / (n + m);
                    *first += distance * share;
                    *second += own[1] + distance * distance * share * m * per_sample as f64;
                }
            }
        }
    }

    /// Makes the merged numbers of a batch of `batch` samples from its `total`: sums as they are,
    /// moments as mean and variance (that of the batch itself, divided by the number of values).
    pub fn finish<T: Scalar>(&self, batch: usize, total: &[f64], merged: &mut [T]) {
        let channels = self.place.len();
        let merged = &mut merged[self.merged.clone()];
        for (index, (merged, &total)) in merged.iter_mut().zip(total).enumerate() {
            *merged = T::from_f64(match self.rule {
                Rule::Moments { per_sample, .. } if index >= channels => {
                    total / (batch * per_sample) as f64
                }
                _ => total,
            });
        }
    }

    /// Moves the running statistics towards the moments of a batch of `batch` samples.
    ///
    /// `running = (1 − momentum) · running + momentum · new`, where the new variance is the unbiased
    /// one, divided by the number of values less one. What would be denormal becomes zero, as in an update of the
    /// parameters. `values` are those of the whole network.
    fn follow<T: Scalar>(&self, batch: usize, merged: &[T], values: &mut [T]) {
        let Rule::Moments {
            per_sample,
            running,
        } = &self.rule
        else {
            return;
        };
        let count = (batch * per_sample) as f64;
        let (means, variances) = merged[self.merged.clone()].split_at(self.place.len());
        let mut move_to = |running_place: usize, target: f64| {
            let old = values[running_place].to_f64();
            let new = old + running.momentum * (target - old);
            // What is not a number stays so, and is found.
            values[running_place] = T::from_f64(new).normal_or_zero();
        };
        for (place, mean) in running.mean.clone().zip(means) {
            move_to(place, mean.to_f64());
        }
        for (place, variance) in running.variance.clone().zip(variances) {
            move_to(place, variance.to_f64() * (count / (count - 1.0)));
        }
        values[running.batches] += T::ONE;
    }
}

impl Spec {
    /// Moves all running statistics towards what a step of training has seen in its batch; it runs
    /// once in a step, after the update. `values` are those of the whole network.
    pub fn follow_statistics<T: Scalar>(&self, batch: usize, merged: &[T], values: &mut [T]) {
        for reduction in self.training.forward.iter().copied().flatten() {
            reduction.follow(batch, merged, values);
        }
    }

    /// The fewest samples of a batch that can be trained on, with the layer that needs so many: the
    /// variance of a single value is nothing to divide by.
    #[must_use]
    pub fn least_batch(&self) -> Option<(usize, &'static str)> {
        let reductions = self.training.forward.iter().copied().flatten();
        let mut single = reductions
            .filter(|reduction| matches!(reduction.rule, Rule::Moments { per_sample: 1, .. }));
        single
            .next()
            .map(|reduction| (2, self.layers[reduction.layer].name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Lanes;
    use crate::spec::Running;
    use alloc::vec;
    use alloc::vec::Vec;

    fn moments(per_sample: usize) -> Reduction {
        Reduction {
            layer: 0,
            place: 1..2,
            merged: 0..2,
            rule: Rule::Moments {
                per_sample,
                running: Running {
                    mean: 0..1,
                    variance: 1..2,
                    batches: 2,
                    momentum: 0.25,
                },
            },
        }
    }

    /// An arena whose element 1 holds the mean and the squared deviations of some values.
    fn block(values: &[f64]) -> [Lanes<f64>; 2] {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let mut lanes = Lanes::splat(f64::NAN);
        lanes.0[..2].copy_from_slice(&[mean, squares]);
        [Lanes::splat(f64::NAN), lanes]
    }

    #[test]
    fn moments_of_blocks_of_any_length_become_those_of_the_batch() {
        // Far from zero: the difference of two sums of squares would lose everything.
        let values: Vec<f64> = (0..45).map(|i| 1e8 + f64::from(i * i % 7)).collect();
        let mean = values.iter().map(|x| x - 1e8).sum::<f64>() / 45.0;
        let deviations = values.iter().map(|x| x - 1e8 - mean);
        let variance = deviations.map(|d| d * d).sum::<f64>() / 45.0;
        // Fifteen samples of three values each, in blocks of 7, 7 and 1.
        let reduction = moments(3);
        let (mut total, mut before) = (vec![0.0; 2], 0);
        for part in values.chunks(21) {
            let samples = before..before + part.len() / 3;
            before = samples.end;
            reduction.add(&block(part), samples, &mut total);
        }
        let mut merged = vec![0.0; 2];
        reduction.finish(15, &total, &mut merged);
        assert!((merged[0] - 1e8 - mean).abs() < 1e-7, "{merged:?}");
        assert!((merged[1] / variance - 1.0).abs() < 1e-7, "{merged:?}");
    }

    #[test]
    fn running_statistics_move_by_the_momentum_to_the_unbiased_variance() {
        let mut values = vec![1.0, 2.0, 7.0];
        // Five values, mean 3 and variance 4, so 5 without bias.
        moments(1).follow(5, &[3.0, 4.0], &mut values);
        assert_eq!(values, [1.5, 2.75, 8.0]);
    }

    #[test]
    fn running_statistics_that_decay_end_at_zero_and_never_as_denormal_numbers() {
        let mut values = vec![-1.0_f32, 1.0, 0.0];
        for step in 0..400 {
            moments(1).follow(5, &[0.0, 0.0], &mut values);
            let normal = |x: f32| x == 0.0 || x.is_normal();
            assert!(values.iter().copied().all(normal), "{step}: {values:?}");
        }
        assert_eq!(values, [0.0, 0.0, 400.0]);
    }

    #[test]
    fn running_statistics_of_what_is_not_finite_are_not_finite() {
        let mut values = vec![1.0_f32, 2.0, 0.0];
        moments(1).follow(5, &[f32::NAN, f32::INFINITY], &mut values);
        assert!(
            values[0].is_nan() && values[1] == f32::INFINITY,
            "{values:?}"
        );
    }

    #[test]
    fn sums_of_blocks_are_added() {
        let reduction = Reduction {
            rule: Rule::Sums,
            ..moments(1)
        };
        let mut total = vec![0.0; 2];
        for number in [1.0, 2.5] {
            let mut lanes = <Lanes<f64>>::splat(f64::NAN);
            lanes.0[..2].copy_from_slice(&[number, 2.0 * number]);
            reduction.add(&[Lanes::splat(0.0), lanes], 0..3, &mut total);
        }
        let mut merged = vec![0.0f32; 2];
        reduction.finish(6, &total, &mut merged);
        assert_eq!(merged, [3.5, 7.0]);
    }
}
