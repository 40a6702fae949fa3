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
/// This is what `torch.optim.Adam` does, in its order of operations, but that what would be denormal
/// becomes zero, and that `(1 − β₂)·g²`, which would be for tiny gradients, is at least four times the least
/// normal number (5·10⁻³⁸ in `f32`), which is nothing beside `ε²`. Source: D. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, 2015,
/// algorithm 1.
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
        let correction = libm::sqrt(correct(second));

        let constant = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
        let (descent, correction, epsilon) = (
            constant(-rate),
            constant(correction),
            constant(self.epsilon),
        );
        let (decay, follow_m) = (constant(self.weight_decay), constant(1.0 - first));
        let (keep_v, root_of_follow_v) = (constant(second), constant(libm::sqrt(1.0 - second)));

        // So that no square is denormal, nor a little less than the least of them.
        let least = constant(2.0 * libm::sqrt(T::LEAST_NORMAL.to_f64()));
        let zero = constant(0.0);

        let (m, v) = step.state.split_at_mut(step.parameters.len());
        update(
            simd,
            step.parameters,
            step.gradients,
            [m, v],
            |p, g, [m, v]| {
                let g = decay.mul_add(p, g);
                let m = follow_m.mul_add(g.sub(m), m);
                let root = root_of_follow_v.mul(g);
                let root = least.max(root.max(zero.sub(root)));
                let v = root.mul_add(root, keep_v.mul(v));
                let denominator = v.sqrt().div(correction).add(epsilon);
                (descent.mul_add(m.div(denominator), p), [m, v])
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, assert_close, gradient};
    use super::*;
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

    #[test]
    fn the_second_moment_is_normal_whatever_the_gradients() {
        for gradient in [0.0, 1e-30, 1e-20, -1e-20, 1e-18, 1.0] {
            let (mut parameters, mut state) = ([0.0; 3], [0.0; 6]);
            for number in 1..=3000 {
                let gradients = &[if number < 1000 { gradient } else { 0.0 }; 3];
                let step = Step {
                    number,
                    rate_factor: 1.0,
                    parameters: &mut parameters,
                    gradients,
                    state: &mut state,
                };
                Adam::new(0.1).step_on(Level::detect(), step);
                assert!(state[3..].iter().all(|v: &f32| v.is_normal()), "{state:?}");
            }
            assert!(parameters.iter().all(|p| p.is_finite()));
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
