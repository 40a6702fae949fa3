//! Finite checks, and where values stopped being finite.
//!
//! The search for the place is made by the trainer (`train::locate`); here is what it looks with
//! and what it reports.

use core::fmt;

use crate::element::BlockElement;
use crate::elementwise::fold;
use crate::network::Probe;
use crate::simd::{Scalar, Simd, Vector};

/// Whether training looks for values that are infinite or NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sentry {
    /// Loss and gradients are checked before the parameters change, and the parameters after.
    #[default]
    On,
    /// Nothing is checked; saves two passes over as many numbers as there are parameters.
    Off,
}

/// Whether no value is infinite or NaN.
///
/// The sum of `0 · x` is 0 if all are finite and NaN otherwise: one operation per register.
pub fn all_finite<T: Scalar, S: Simd>(simd: S, values: &[T]) -> bool {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = T::Vector::<S>::splat(simd, T::ZERO);
            fold(simd, values, |sum, x: T::Vector<S>| x.mul_add(zero, sum)) == T::ZERO
        },
    )
}

/// A quantity of a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The input of the network.
    Input,
    /// A layer's output.
    Output,
    /// The loss, or its gradient by the network's output.
    Loss,
    /// The gradient of the loss by a layer's input.
    InputGradient,
    /// The gradient of the loss by a parameter tensor, given by its name.
    ParameterGradient(&'static str),
    /// A parameter tensor before the step, given by its name.
    Parameter(&'static str),
    /// A tensor of parameters or running statistics after the step, given by its name.
    UpdatedParameter(&'static str),
}

/// Training produced a value that is infinite or NaN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The network's name.
    pub network: &'static str,
    /// The name of the layer where it happened first.
    pub layer: &'static str,
    /// The layer as it was declared.
    pub declared: &'static str,
    /// What was not finite.
    pub quantity: Quantity,
    /// The step, counted from 1 since training began.
    pub step: u64,
    /// The epoch, counted from 1; `None` outside of the trainer.
    pub epoch: Option<usize>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            network,
            layer,
            declared,
            step,
            ..
        } = self;
        write!(f, "training of `{network}` diverged in step {step}")?;
        if let Some(epoch) = self.epoch {
            write!(f, " (epoch {epoch})")?;
        }
        match self.quantity {
            Quantity::Input => write!(f, ": its input")?,
            Quantity::Output => write!(f, ": the output of `{layer}` ({declared})")?,
            Quantity::Loss => write!(f, ": the loss, computed from the output of `{layer}`,")?,
            Quantity::InputGradient => {
                write!(f, ": the gradient by the input of `{layer}` ({declared})")?;
            }
            Quantity::ParameterGradient(tensor) => {
                write!(f, ": the gradient of `{tensor}` in `{layer}` ({declared})")?;
            }
            Quantity::Parameter(tensor) => write!(f, ": the parameter `{tensor}`")?,
            Quantity::UpdatedParameter(tensor) => write!(f, ": the update of `{tensor}`")?,
        }
        write!(
            f,
            " is the first that is infinite or NaN; {}",
            self.advice()
        )
    }
}

impl core::error::Error for Divergence {}

impl Divergence {
    /// What to try, and which parameters the network holds.
    const fn advice(&self) -> &'static str {
        match self.quantity {
            Quantity::Input => "the parameters are unchanged; remove or repair the sample",
            Quantity::Parameter(_) => {
                "initialize the network anew, or load parameters that were saved"
            }
            Quantity::UpdatedParameter(_) => {
                "the parameters are spoilt: initialize or load them anew, and try a lower \
                 learning rate or `.clip(Clip::GlobalNorm(1.0))`"
            }
            Quantity::Output
            | Quantity::Loss
            | Quantity::InputGradient
            | Quantity::ParameterGradient(_) => {
                "the network keeps the parameters from before this step; try a lower learning \
                 rate, `.clip(Clip::GlobalNorm(1.0))` or a warm-up, and check the \
                 initialization and the range of the data"
            }
        }
    }
}

/// Remembers the first layer whose value, and the first whose gradient, is not finite.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstFault {
    /// The first layer, in the order of the forward pass.
    pub output: Option<usize>,
    /// The first layer, in the order of the backward pass.
    pub input_gradient: Option<usize>,
}

impl<E: BlockElement> Probe<E> for FirstFault {
    fn value(&mut self, layer: usize, values: &[E]) {
        if self.output.is_none() && !elements_finite(values) {
            self.output = Some(layer);
        }
    }

    fn gradient(&mut self, layer: usize, gradients: &[E]) {
        if self.input_gradient.is_none() && !elements_finite(gradients) {
            self.input_gradient = Some(layer);
        }
    }
}

/// Whether all lanes are finite, also those without a sample: zero times infinity would reach the
/// gradients.
pub(crate) fn elements_finite<E: BlockElement>(values: &[E]) -> bool {
    let mut samples = values.iter().flat_map(|element| element.samples());
    samples.all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};
    use alloc::vec;

    struct Check<'a>(&'a [f32]);

    impl Kernel for Check<'_> {
        type Output = bool;
        fn run<S: Simd>(self, simd: S) -> bool {
            all_finite(simd, self.0)
        }
    }

    #[test]
    fn one_value_that_is_not_finite_is_seen_at_every_place() {
        for level in Level::available() {
            for len in [1, 7, 64, 131] {
                let mut values = vec![f32::MAX; len];
                assert!(level.run(Check(&values)), "{level:?}");
                for place in 0..len {
                    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                        values[place] = bad;
                        assert!(!level.run(Check(&values)), "{level:?} [{place}] {bad}");
                    }
                    values[place] = -1.0;
                }
            }
        }
    }

    #[test]
    fn a_divergence_tells_layer_quantity_step_and_what_to_try() {
        let divergence = Divergence {
            network: "LeNet5",
            layer: "conv2",
            declared: "conv<5x5>(16)",
            quantity: Quantity::ParameterGradient("conv2.weight"),
            step: 17,
            epoch: Some(2),
        };
        let message = alloc::format!("{divergence}");
        let expected = "training of `LeNet5` diverged in step 17 (epoch 2): the gradient of \
                        `conv2.weight` in `conv2` (conv<5x5>(16)) is the first that is infinite \
                        or NaN; the network keeps";
        assert!(message.starts_with(expected), "{message}");
    }
}
