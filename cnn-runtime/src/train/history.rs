//! What happened in each epoch.

use core::fmt;
use std::vec::Vec;

use crate::train::evaluate::Evaluation;

/// The course of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Every epoch that was finished, in order.
    pub epochs: Vec<Epoch>,
}

/// One pass over the training set.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// The mean loss over the training set, each batch before its update.
    pub train_loss: f64,
    /// The share of training samples classified correctly, each batch before its update; `None`
    /// for a loss without classes.
    pub train_accuracy: Option<f64>,
    /// The figures of the test set after the epoch, if there is one.
    pub test: Option<Evaluation>,
    /// How long the training of the epoch took, without the evaluation; 0 where there is no clock,
    /// which is so in a browser.
    pub seconds: f64,
    /// Training samples per second; 0 where there is no clock.
    pub samples_per_second: f64,
}

impl History {
    /// The last epoch; `None` if there was none.
    #[must_use]
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The accuracy on the test set after the last epoch, in `0..=1`.
    #[must_use]
    pub fn test_accuracy(&self) -> Option<f64> {
        self.last()?.test?.accuracy
    }

    /// The time spent in training steps, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.seconds).sum()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.train_loss)?;
        if let Some(accuracy) = self.train_accuracy {
            write!(f, "  accuracy {:.2} %", 100.0 * accuracy)?;
        }
        if let Some(test) = self.test {
            write!(f, "  test {test}")?;
        }
        if self.samples_per_second > 0.0 {
            write!(f, "  {:.0} samples/s", self.samples_per_second)?;
        }
        Ok(())
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        match self.accuracy {
            Some(accuracy) => write!(f, "  accuracy {:.2} %", 100.0 * accuracy),
            None => Ok(()),
        }
    }
}
