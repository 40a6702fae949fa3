//! Optimizers: how a step changes the parameters.
//!
//! An optimizer is a description without memory. Its state (momentum, moments) is a vector that
//! the caller owns, so that a step allocates nothing and a checkpoint can hold it.

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::Sgd;

use crate::elementwise;
use crate::hyperparameter::HyperparameterFault;
use crate::simd::{Level, Scalar, Simd, Vector};
use crate::vectors::Stepping;

/// One step of gradient descent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    label = "expected an optimizer, such as `Adam::new(1e-3)` or `Sgd::new(0.1).momentum(0.9)`"
)]
pub trait Optimizer: Send + Sync {
    /// How many numbers it remembers for each parameter: the state has
    /// `state_vectors() · parameters.len()` elements, all zero before the first step.
    fn state_vectors(&self) -> usize;

    /// Whether the hyperparameters make sense.
    ///
    /// # Errors
    /// The first one at fault, and its range.
    fn validate(&self) -> Result<(), HyperparameterFault>;

    /// Changes the parameters and the state.
    ///
    /// One of your own should write zero in place of parameters below [`Scalar::NEGLIGIBLE`], as those of this
    /// crate do: with denormal products most processors compute many times slower.
    fn step<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>);

    /// The same of `f32` on a level. The optimizers of this crate write it out, so that it is compiled with
    /// them, once, and not with every network.
    #[doc(hidden)]
    fn step_on(&self, level: Level, step: Step<'_, f32>) {
        level.run(Stepping(self, step));
    }
}

/// What an optimizer works on in one step.
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The number of this step, counted from 1.
    pub number: u64,
    /// What the schedule multiplies the learning rate by.
    pub rate_factor: f64,
    /// The parameters, to be changed.
    pub parameters: &'a mut [T],
    /// The gradient of the mean loss by each parameter.
    pub gradients: &'a [T],
    /// The optimizer's memory, vector after vector.
    pub state: &'a mut [T],
}

/// [`elementwise::update`], where parameters that are [negligible](Scalar::NEGLIGIBLE) become zero, and what is
/// kept does where it would be denormal.
///
/// Weights and momenta that decay would end as denormal numbers, with which most processors compute many times
/// slower. Of weights it is the products that are denormal first, for as long as these take to decay further.
#[inline(always)]
fn update<T: Scalar, S: Simd, const K: usize>(
    simd: S,
    parameters: &mut [T],
    gradients: &[T],
    state: [&mut [T]; K],
    body: impl Fn(T::Vector<S>, T::Vector<S>, [T::Vector<S>; K]) -> (T::Vector<S>, [T::Vector<S>; K]),
) {
    elementwise::update(simd, parameters, gradients, state, |p, g, kept| {
        let (p, mut kept) = body(p, g, kept);
        // Not `array::map`, which may be a function of its own, outside of the level (`inlined.rs`).
        for register in &mut kept {
            *register = zero_below(simd, T::LEAST_NORMAL, *register);
        }
        (zero_below(simd, T::NEGLIGIBLE, p), kept)
    });
}

/// Zero in place of numbers of a smaller magnitude than `least`.
#[inline(always)]
fn zero_below<T: Scalar, S: Simd, V: Vector<T, S>>(simd: S, least: T, register: V) -> V {
    let zero = V::splat(simd, T::ZERO);
    let magnitude = register.max(zero.sub(register));
    V::splat(simd, least).select_greater(magnitude, zero, register)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// The gradient that the formulas in the tests use: of Σ (p − 3)² / 2 · (i + 1), at `p`.
    pub(super) fn gradient(parameters: &[f64]) -> Vec<f64> {
        let slopes = parameters.iter().enumerate();
        slopes.map(|(i, p)| (p - 3.0) * (i as f64 + 1.0)).collect()
    }

    /// Parameters after `steps` steps, for every level; they must be equal.
    pub(super) fn after<O: Optimizer>(optimizer: &O, steps: u64, factor: f64) -> Vec<f64> {
        const LEN: usize = 37;
        let runs = Level::available().map(|level| {
            let mut parameters: Vec<f64> = (0..LEN).map(|i| i as f64 * 0.1 - 1.0).collect();
            let mut state = vec![0.0; optimizer.state_vectors() * LEN];
            for number in 1..=steps {
                let gradients = gradient(&parameters);
                level.run(Stepping(
                    optimizer,
                    Step {
                        number,
                        rate_factor: factor,
                        parameters: &mut parameters,
                        gradients: &gradients,
                        state: &mut state,
                    },
                ));
            }
            parameters
        });
        let runs: Vec<_> = runs.collect();
        for run in &runs {
            assert_close(run, &runs[0]);
        }
        runs[0].clone()
    }

    pub(super) fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "[{i}] {a} {b}");
        }
    }

    /// Steps without a gradient from `start`, and of a state of 2e-38 of its sign, for every level: parameters and state.
    fn decayed(optimizer: &impl Optimizer, start: f32, steps: u64) -> [Vec<f32>; 2] {
        const LEN: usize = 37;
        let [mut all, mut kept] = [Vec::new(), Vec::new()];
        for level in Level::available() {
            let mut parameters = vec![start; LEN];
            let mut state = vec![2e-38f32.copysign(start); optimizer.state_vectors() * LEN];
            for number in 1..=steps {
                let step = Step {
                    number,
                    rate_factor: 1.0,
                    parameters: &mut parameters,
                    gradients: &[0.0; LEN],
                    state: &mut state,
                };
                level.run(Stepping(optimizer, step));
            }
            all.extend(parameters);
            kept.extend(state);
        }
        [all, kept]
    }

    #[test]
    fn what_decays_ends_at_zero_and_is_never_so_small_that_it_costs_time() {
        let sgd = Sgd::new(0.1).momentum(0.5).weight_decay(1.0);
        for start in [2e-20f32, -2e-20, 1e-37, 1e-40] {
            for steps in [1, 2, 5, 150] {
                let of_sgd = [sgd, sgd.nesterov(), Sgd::new(0.1).weight_decay(1.0)];
                let of_sgd = of_sgd.map(|sgd| decayed(&sgd, start, steps));
                let of_adam = decayed(&Adam::new(1e-3).betas(0.5, 0.5), start, steps);
                for [parameters, state] in of_sgd.iter().chain([&of_adam]) {
                    let least = f32::NEGLIGIBLE;
                    let counts = |x: &&f32| **x != 0.0 && x.abs() < least;
                    assert_eq!(parameters.iter().find(counts), None, "{start:e}, {steps}");
                    let denormal = |x: &&f32| x.is_subnormal();
                    assert_eq!(state.iter().find(denormal), None, "{start:e}, {steps}");
                }
                // Without weight decay, Adam's parameters stay where its momentum has left them.
                let all_decayed = of_sgd.iter().flatten().flatten().all(|&x| x == 0.0);
                assert!(steps < 150 || all_decayed, "{start:e}");
            }
        }
    }
}
