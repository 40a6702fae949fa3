//! Adam.

use super::{Optimizer, Step, update};
use crate::hyperparameter::{HyperparameterFault, below_one, not_negative, positive};
use crate::simd::{Level, Scalar, Simd, Vector};
use crate::vectors::Stepping;

/// Gradient descent scaled by estimates of the gradient's first and second moment.
///
/// With the gradient `g`, the learning rate `γ`, weight decay `λ` and step `t` from 1:
///
/// ```text
/// g ← g + λ·p
/// m ← m + (1 − β₁)·(g − m)
/// v ← β₂·v + (1 − β₂)·g²
/// p ← p − γ / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// ```
///
/// This is what `torch.optim.Adam` does, in its order of operations, but that what would be
/// denormal becomes zero, and that in `v` a gradient counts as at least `2 √(n / (1 − β₂))`, with
/// `n` the least normal number: 7·10⁻¹⁸ in `f32` with the usual `β₂`, far below `ε`. Denormal
/// numbers slow most processors down. Source: D. Kingma, J. Ba, *Adam: A Method for Stochastic
/// Optimization*, 2015, algorithm 1.
///
/// ```
/// use cnn_runtime::optim::Adam;
///
/// let optimizer = Adam::new(1e-3).betas(0.9, 0.99).weight_decay(1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
}

impl Adam {
    /// With `β₁ = 0.9`, `β₂ = 0.999`, `ε = 1e-8`, no weight decay; the learning rate is above 0.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }

    /// How slowly the two moments follow the gradient, each in `0..1`.
    #[must_use]
    pub const fn betas(mut self, first: f64, second: f64) -> Self {
        self.betas = [first, second];
        self
    }

    /// What keeps the division finite, above 0.
    #[must_use]
    pub const fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Adds `weight_decay · p` to the gradient of every parameter, biases too; 0 or above.
    #[must_use]
    pub const fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }
}

impl Optimizer for Adam {
    fn state_vectors(&self) -> usize {
        2
    }

    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write for example `Adam::new(1e-3)`";
        positive("learning rate", self.learning_rate, help)?;
        let help = "write for example `.betas(0.9, 0.999)`";
        below_one("first beta of Adam", self.betas[0], help)?;
        below_one("second beta of Adam", self.betas[1], help)?;
        let help = "write for example `.epsilon(1e-8)`";
        positive("epsilon of Adam", self.epsilon, help)?;
        let help = "write for example `.weight_decay(1e-4)`";
        not_negative("weight decay", self.weight_decay, help)
    }

    fn step<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        simd.vectorize(
            #[inline(always)]
            || self.step_inlined(simd, step),
        );
    }

    fn step_on(&self, level: Level, step: Step<'_, f32>) {
        level.run(Stepping(self, step));
    }
}

impl Adam {
    #[inline(always)]
    fn step_inlined<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        let [first, second] = self.betas;
        // Corrects the moments for having begun at zero.
        let correct = |beta| 1.0 - libm::pow(beta, step.number as f64);
        let rate = self.learning_rate * step.rate_factor / correct(first);
        // Twice the least root, so that rounding makes neither the square denormal nor, unless `β₂` is below
        // ¼, `β₂ · v` after it.
        let least = 2.0 * libm::sqrt(T::LEAST_NORMAL.to_f64() / (1.0 - second));

        let constant = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
        let (descent, epsilon) = (constant(-rate), constant(self.epsilon));
        let (decay, follow_m) = (constant(self.weight_decay), constant(1.0 - first));
        let (keep_v, follow_v) = (constant(second), constant(1.0 - second));
        let root_of_correction = constant(libm::sqrt(correct(second)));
        let (least, zero) = (constant(least), constant(0.0));

        let (m, v) = step.state.split_at_mut(step.parameters.len());
        update(
            simd,
            step.parameters,
            step.gradients,
            [m, v],
            |p, g, [m, v]| {
                let g = decay.mul_add(p, g);
                let m = follow_m.mul_add(g.sub(m), m);
                // `max` keeps its argument where that is NaN.
                let size = least.max(g.max(zero.sub(g)));
                let v = follow_v.mul(size).mul_add(size, keep_v.mul(v));
                let denominator = v.sqrt().div(root_of_correction).add(epsilon);
                (descent.mul_add(m.div(denominator), p), [m, v])
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, assert_close, gradient};
    use super::*;
    use crate::simd::Kernel;
    use alloc::vec;
    use alloc::vec::Vec;

    /// `torch/optim/adam.py`, `_single_tensor_adam`, line by line.
    fn torch(adam: &Adam, steps: i32, factor: f64) -> Vec<f64> {
        let mut params: Vec<f64> = (0..37).map(|i| i as f64 * 0.1 - 1.0).collect();
        let mut moments = vec![(0.0, 0.0); params.len()];
        let [beta1, beta2] = adam.betas;
        for step in 1..=steps {
            let grads = gradient(&params);
            for ((param, mut grad), (m, v)) in params.iter_mut().zip(grads).zip(&mut moments) {
                if adam.weight_decay != 0.0 {
                    grad += adam.weight_decay * *param;
                }
                *m += (1.0 - beta1) * (grad - *m);
                *v = *v * beta2 + (1.0 - beta2) * grad * grad;
                let step_size = adam.learning_rate * factor / (1.0 - beta1.powi(step));
                let denom = v.sqrt() / (1.0 - beta2.powi(step)).sqrt() + adam.epsilon;
                *param += -step_size * (*m / denom);
            }
        }
        params
    }

    #[test]
    fn steps_are_those_of_pytorch() {
        let cases = [
            Adam::new(0.05),
            Adam::new(0.05).weight_decay(0.1),
            Adam::new(0.01).betas(0.8, 0.95).epsilon(1e-3),
        ];
        for adam in cases {
            for factor in [1.0, 0.3] {
                assert_close(&after(&adam, 20, factor), &torch(&adam, 20, factor));
            }
        }
    }

    #[test]
    fn the_first_step_has_the_length_of_the_rate() {
        // m / √v is ±1 after the correction, whatever the gradient.
        let moved = after(&Adam::new(0.1), 1, 1.0)[0] - -1.0;
        assert!((moved - 0.1).abs() < 1e-8, "{moved}");
    }

    /// Parameter, `m` and `v` after steps with these gradients on a level.
    fn after_steps<T: Scalar>(adam: Adam, level: Level, gradients: &[f64]) -> [T; 3] {
        struct Steps<'a, T>(Adam, &'a [f64], &'a mut [T; 3]);
        impl<T: Scalar> Kernel for Steps<'_, T> {
            type Output = ();
            fn run<S: Simd>(self, simd: S) {
                let Self(adam, gradients, [parameter, state @ ..]) = self;
                for (number, &gradient) in (1..).zip(gradients) {
                    let step = Step {
                        number,
                        rate_factor: 1.0,
                        parameters: core::slice::from_mut(parameter),
                        gradients: &[T::from_f64(gradient)],
                        state,
                    };
                    adam.step(simd, step);
                }
            }
        }
        let mut found = [T::ZERO; 3];
        level.run(Steps(adam, gradients, &mut found));
        found
    }

    #[test]
    fn the_second_moment_is_never_denormal() {
        fn check<T: Scalar>(level: Level) {
            let least = T::LEAST_NORMAL.to_f64();
            for beta in [0.0, 0.1, 0.5, 0.9] {
                for gradient in [0.0, least, least.sqrt(), -least.sqrt(), 1e3 * least.sqrt()] {
                    let gradients: Vec<f64> = [gradient].into_iter().chain([0.0; 300]).collect();
                    for steps in [1, 2, 3, gradients.len()] {
                        let adam = Adam::new(0.1).betas(0.9, beta);
                        let [p, _, v] = after_steps::<T>(adam, level, &gradients[..steps]);
                        let (p, v) = (p.to_f64(), v.to_f64());
                        assert!(
                            p.is_finite() && v >= least,
                            "{level:?} {beta} {gradient}: {v}"
                        );
                        let decayed = steps == gradients.len();
                        assert!(
                            !decayed || v < 1e3 * least,
                            "{level:?} {beta} {gradient}: {v}"
                        );
                    }
                }
            }
        }
        for level in Level::available() {
            check::<f32>(level);
            check::<f64>(level);
        }
    }

    #[test]
    fn small_gradients_are_followed_and_nan_is_kept() {
        for level in Level::available() {
            // m / √v is 1 after the correction, so the step is γ g / (g + ε).
            let adam = Adam::new(0.1).epsilon(1e-15);
            let [p, ..] = after_steps::<f32>(adam, level, &[1e-15]);
            assert!((p - -0.05).abs() < 1e-7, "{level:?} {p}");
            let found = after_steps::<f32>(adam, level, &[f64::NAN]);
            assert!(found.iter().all(|x| x.is_nan()), "{level:?} {found:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for rate in [0.0, -1e-3, f64::INFINITY, f64::NAN] {
            assert!(Adam::new(rate).validate().is_err());
        }
        assert!(Adam::new(1e-3).betas(1.0, 0.999).validate().is_err());
        assert!(Adam::new(1e-3).betas(0.9, -0.1).validate().is_err());
        assert!(Adam::new(1e-3).epsilon(0.0).validate().is_err());
        assert!(Adam::new(1e-3).weight_decay(f64::NAN).validate().is_err());
        assert!(Adam::new(1e-3).validate().is_ok());
    }
}
