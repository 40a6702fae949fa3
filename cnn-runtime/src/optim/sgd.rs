//! Stochastic gradient descent.

use super::{Optimizer, Step, update};
use crate::hyperparameter::{HyperparameterFault, accept, below_one, not_negative, positive};
use crate::simd::{Level, Scalar, Simd, Vector};
use crate::vectors::Stepping;

/// Gradient descent with optional momentum, Nesterov's momentum and weight decay.
///
/// With the gradient `g`, the learning rate `γ`, momentum `μ` and weight decay `λ`:
///
/// ```text
/// g ← g + λ·p
/// b ← μ·b + g            (b is 0 before the first step)
/// g ← g + μ·b            with Nesterov,  g ← b  without
/// p ← p − γ·g
/// ```
///
/// This is what `torch.optim.SGD` does (with its `dampening` left at 0), but that what would be denormal
/// becomes zero. Sources: B. Polyak, 1964; I. Sutskever et al., *On the importance of initialization and
/// momentum in deep learning*, 2013.
///
/// ```
/// use cnn_runtime::optim::Sgd;
///
/// let optimizer = Sgd::new(0.1).momentum(0.9).nesterov().weight_decay(5e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
    momentum: f64,
    weight_decay: f64,
    look: Look,
}

/// Where the gradient step is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Here,
    /// Nesterov's momentum.
    Ahead,
}

impl Sgd {
    /// Plain gradient descent: `p ← p − γ·g`, with `γ` above 0.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            momentum: 0.0,
            weight_decay: 0.0,
            look: Look::Here,
        }
    }

    /// How much of the last step goes on, in `0..1`; 0.9 is usual.
    #[must_use]
    pub const fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Nesterov's momentum, which needs a momentum above 0.
    #[must_use]
    pub const fn nesterov(mut self) -> Self {
        self.look = Look::Ahead;
        self
    }

    /// Adds `weight_decay · p` to the gradient of every parameter, biases too; 0 or above.
    #[must_use]
    pub const fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }
}

impl Optimizer for Sgd {
    fn state_vectors(&self) -> usize {
        usize::from(self.momentum != 0.0)
    }

    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write for example `Sgd::new(0.1)`";
        positive("learning rate", self.learning_rate, help)?;
        let help = "write for example `.momentum(0.9)`";
        below_one("momentum", self.momentum, help)?;
        let help = "write for example `.weight_decay(5e-4)`";
        not_negative("weight decay", self.weight_decay, help)?;
        accept(
            self.look == Look::Here || self.momentum > 0.0,
            "momentum",
            self.momentum,
            "a number above 0 with `.nesterov()`",
            "write for example `.momentum(0.9).nesterov()`",
        )
    }

    fn step<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        simd.vectorize(
            #[inline(always)]
            || match (self.state_vectors(), self.look) {
                (0, _) => self.plain(simd, step),
                (_, Look::Here) => self.with_momentum(simd, step),
                (_, Look::Ahead) => self.with_nesterov(simd, step),
            },
        );
    }

    fn step_on(&self, level: Level, step: Step<'_, f32>) {
        level.run(Stepping(self, step));
    }
}

impl Sgd {
    #[inline(always)]
    fn plain<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        let [descent, decay, _] = self.constants::<T, S>(simd, step.rate_factor);
        update(simd, step.parameters, step.gradients, [], |p, g, []| {
            let g = decay.mul_add(p, g);
            (descent.mul_add(g, p), [])
        });
    }

    #[inline(always)]
    fn with_momentum<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        let [descent, decay, momentum] = self.constants::<T, S>(simd, step.rate_factor);
        let Step {
            parameters,
            gradients,
            state,
            ..
        } = step;
        update(simd, parameters, gradients, [state], |p, g, [b]| {
            let g = decay.mul_add(p, g);
            let b = momentum.mul_add(b, g);
            (descent.mul_add(b, p), [b])
        });
    }

    #[inline(always)]
    fn with_nesterov<T: Scalar, S: Simd>(&self, simd: S, step: Step<'_, T>) {
        let [descent, decay, momentum] = self.constants::<T, S>(simd, step.rate_factor);
        let Step {
            parameters,
            gradients,
            state,
            ..
        } = step;
        update(simd, parameters, gradients, [state], |p, g, [b]| {
            let g = decay.mul_add(p, g);
            let b = momentum.mul_add(b, g);
            let g = momentum.mul_add(b, g);
            (descent.mul_add(g, p), [b])
        });
    }

    /// `−γ`, `λ` and `μ` in all lanes.
    #[inline(always)]
    fn constants<T: Scalar, S: Simd>(&self, simd: S, rate_factor: f64) -> [T::Vector<S>; 3] {
        let rate = self.learning_rate * rate_factor;
        let in_all_lanes = |value| T::Vector::<S>::splat(simd, T::from_f64(value));
        [
            in_all_lanes(-rate),
            in_all_lanes(self.weight_decay),
            in_all_lanes(self.momentum),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, assert_close, gradient};
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// `torch/optim/sgd.py`, `_single_tensor_sgd`, line by line.
    fn torch(sgd: &Sgd, steps: usize, factor: f64) -> Vec<f64> {
        let mut params: Vec<f64> = (0..37).map(|i| i as f64 * 0.1 - 1.0).collect();
        let mut buffers: Vec<Option<f64>> = vec![None; params.len()];
        for _ in 0..steps {
            let grads = gradient(&params);
            for ((param, mut grad), buffer) in params.iter_mut().zip(grads).zip(&mut buffers) {
                if sgd.weight_decay != 0.0 {
                    grad += sgd.weight_decay * *param;
                }
                if sgd.momentum != 0.0 {
                    let new = buffer.map_or(grad, |buffer| buffer * sgd.momentum + grad);
                    *buffer = Some(new);
                    grad = match sgd.look {
                        Look::Ahead => grad + sgd.momentum * new,
                        Look::Here => new,
                    };
                }
                *param += -(sgd.learning_rate * factor) * grad;
            }
        }
        params
    }

    #[test]
    fn steps_are_those_of_pytorch() {
        let cases = [
            Sgd::new(0.01),
            Sgd::new(0.01).weight_decay(0.1),
            Sgd::new(0.01).momentum(0.9),
            Sgd::new(0.01).momentum(0.9).weight_decay(0.1),
            Sgd::new(0.01).momentum(0.9).nesterov(),
            Sgd::new(0.01).momentum(0.5).nesterov().weight_decay(0.1),
        ];
        for sgd in cases {
            for factor in [1.0, 0.3] {
                assert_close(&after(&sgd, 20, factor), &torch(&sgd, 20, factor));
            }
        }
    }

    #[test]
    fn a_plain_step_goes_down_the_gradient_by_the_rate() {
        // p0 = −1, gradient (−1 − 3) · 1 = −4: −1 + 0.1 · 4 = −0.6.
        assert!((after(&Sgd::new(0.1), 1, 1.0)[0] + 0.6).abs() < 1e-15);
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        for rate in [0.0, -0.1, f64::INFINITY, f64::NAN] {
            let fault = Sgd::new(rate).validate().expect_err("a bad rate");
            assert_eq!(fault.name, "learning rate");
        }
        for momentum in [-0.1, 1.0, f64::NAN] {
            let fault = Sgd::new(0.1).momentum(momentum).validate();
            assert_eq!(fault.expect_err("a bad momentum").name, "momentum");
        }
        assert!(Sgd::new(0.1).weight_decay(-1.0).validate().is_err());
        assert!(Sgd::new(0.1).nesterov().validate().is_err());
        assert!(Sgd::new(0.1).momentum(0.9).nesterov().validate().is_ok());
    }
}
