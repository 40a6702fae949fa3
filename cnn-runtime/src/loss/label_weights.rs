//! How much the positive targets of each label count.

use crate::hyperparameter::{HyperparameterFault, positive};
use crate::shape::{Chw, Cl, Flat, Shape};

/// How much the positive targets of each label count: one number for all, or an array with a number for
/// each.
#[diagnostic::on_unimplemented(
    message = "positive weights `{Self}` do not fit the network's output `{Output}`",
    label = "the output has another number of labels",
    note = "give one weight for each label, that is as many as the output has elements, or channels if it \
            is an image or a signal; or one for all of them with `.positive_weight(3.0)`"
)]
pub trait LabelWeights<Output: Shape>: Copy + Send + Sync {
    /// The weight for an element of the output, by its index below `Output::ELEMENTS`.
    fn of(&self, element: usize) -> f64;

    /// Whether all weights make sense.
    ///
    /// # Errors
    /// The first weight that does not.
    fn validate(&self) -> Result<(), HyperparameterFault>;
}

impl<Output: Shape> LabelWeights<Output> for f64 {
    #[inline(always)]
    fn of(&self, _element: usize) -> f64 {
        *self
    }
    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help = "write for example `.positive_weight(3.0)`";
        positive("positive weight", *self, help)
    }
}

impl<const K: usize> LabelWeights<Flat<K>> for [f64; K] {
    #[inline(always)]
    fn of(&self, element: usize) -> f64 {
        self[element]
    }
    fn validate(&self) -> Result<(), HyperparameterFault> {
        validate_each(self)
    }
}

impl<const C: usize, const H: usize, const W: usize> LabelWeights<Chw<C, H, W>> for [f64; C] {
    #[inline(always)]
    fn of(&self, element: usize) -> f64 {
        self[element / (H * W)]
    }
    fn validate(&self) -> Result<(), HyperparameterFault> {
        validate_each(self)
    }
}

impl<const C: usize, const L: usize> LabelWeights<Cl<C, L>> for [f64; C] {
    #[inline(always)]
    fn of(&self, element: usize) -> f64 {
        self[element / L]
    }
    fn validate(&self) -> Result<(), HyperparameterFault> {
        validate_each(self)
    }
}

fn validate_each(weights: &[f64]) -> Result<(), HyperparameterFault> {
    let help = "give every label a weight, 1 if both answers count the same, as in \
                `.positive_weights([1.0, 3.0])`";
    weights.iter().enumerate().try_for_each(|(label, &weight)| {
        positive("positive weight of label", weight, help).map_err(|fault| HyperparameterFault {
            index: Some(label),
            ..fault
        })
    })
}
