//! How the learning rate changes in the course of training.

use crate::hyperparameter::{HyperparameterFault, fraction};

/// The learning rate over time, as a factor of the optimizer's.
pub trait Schedule: Send + Sync {
    /// The factor in step `step` of `total`, counted from zero: usually in `0..=1`.
    fn factor(&self, step: usize, total: usize) -> f64;

    /// Whether the schedule's own numbers make sense.
    ///
    /// # Errors
    /// The number at fault, and its range.
    fn validate(&self) -> Result<(), HyperparameterFault> {
        Ok(())
    }
}

/// The learning rate stays as it is: the factor is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _step: usize, _total: usize) -> f64 {
        1.0
    }
}

/// The learning rate falls along half a cosine, without restarts.
///
/// After a warm-up of `w` steps, in which the factor is `(step + 1) / (w + 1)`,
/// `factor = m + (1 − m) · (1 + cos(π · (step − w) / (total − w))) / 2`
/// with the minimum `m`, 0 by default.
///
/// Source: I. Loshchilov, F. Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017,
/// equation 5, with a single run; the linear warm-up is P. Goyal et al., 2017, section 2.2.
///
/// ```
/// use cnn_runtime::schedule::{Cosine, Schedule};
///
/// let schedule = Cosine::new().minimum(0.1);
/// assert_eq!(schedule.factor(0, 100), 1.0);
/// assert!((schedule.factor(50, 100) - 0.55).abs() < 1e-12);
/// assert!((schedule.factor(100, 100) - 0.1).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cosine {
    warmup: usize,
    minimum: f64,
}

impl Cosine {
    /// From the full rate to zero, without warm-up.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            warmup: 0,
            minimum: 0.0,
        }
    }

    /// Raises the rate linearly in the first `steps` steps.
    #[must_use]
    pub const fn warmup(mut self, steps: usize) -> Self {
        self.warmup = steps;
        self
    }

    /// The factor at the end, in `0..=1`.
    #[must_use]
    pub const fn minimum(mut self, factor: f64) -> Self {
        self.minimum = factor;
        self
    }
}

impl Schedule for Cosine {
    fn factor(&self, step: usize, total: usize) -> f64 {
        if step < self.warmup {
            return (step as f64 + 1.0) / (self.warmup as f64 + 1.0);
        }
        let falling = total.saturating_sub(self.warmup).max(1);
        let progress = (step - self.warmup) as f64 / falling as f64;
        let cosine = libm::cos(core::f64::consts::PI * progress.min(1.0));
        self.minimum + (1.0 - self.minimum) * 0.5 * (1.0 + cosine)
    }

    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write `.minimum(0.01)` for a hundredth of the learning rate";
        fraction("minimum of the cosine schedule", self.minimum, help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warmup_rises_to_the_full_rate_and_the_cosine_falls_from_there() {
        let schedule = Cosine::new().warmup(4);
        let factors: [f64; 6] = core::array::from_fn(|step| schedule.factor(step, 12));
        for (found, expected) in factors.iter().zip([0.2, 0.4, 0.6, 0.8, 1.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!(factors[5] < 1.0);
        assert!(schedule.factor(12, 12).abs() < 1e-12);
    }

    #[test]
    fn a_warmup_longer_than_training_is_harmless() {
        let schedule = Cosine::new().warmup(10);
        assert!((0..30).all(|step| (0.0..=1.0).contains(&schedule.factor(step, 5))));
    }

    #[test]
    fn a_minimum_outside_of_zero_to_one_is_refused() {
        for minimum in [-0.1, 1.1, f64::NAN] {
            assert!(Cosine::new().minimum(minimum).validate().is_err());
        }
    }
}
