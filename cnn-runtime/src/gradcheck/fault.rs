//! Why a check could not be made at all.

use core::fmt;

use crate::hyperparameter::HyperparameterFault;
use crate::loss::TargetFault;

/// A batch, or a number of the check or the loss, with which no gradient can be checked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CheckFault {
    /// The batch is empty.
    NoSamples,
    /// There is not one target for each sample.
    Counts {
        /// The number of samples.
        samples: usize,
        /// The number of targets.
        targets: usize,
    },
    /// The batch is too small for a layer that normalizes by the batch.
    BatchTooSmall {
        /// The layer.
        layer: &'static str,
        /// The samples of the batch.
        found: usize,
        /// The fewest that it can do with.
        least: usize,
    },
    /// A sample has another size than the network's input.
    SampleLength {
        /// The sample's index.
        sample: usize,
        /// Its elements.
        found: usize,
        /// The elements of the network's input.
        expected: usize,
    },
    /// A sample has a value that is infinite or NaN.
    SampleValue {
        /// The sample's index.
        sample: usize,
        /// The element's index in the sample, row-major.
        element: usize,
        /// Its value.
        found: f32,
    },
    /// The network has a parameter or a running statistic that is infinite or NaN.
    Value {
        /// The first tensor that has one.
        tensor: &'static str,
        /// Which of its elements, row-major.
        element: usize,
        /// Its value.
        found: f64,
    },
    /// A target that the loss cannot accept.
    Target {
        /// The sample's index.
        sample: usize,
        /// What is wrong with it.
        fault: TargetFault,
    },
    /// No target counts in the loss, whose gradients are all zero then.
    NothingCounts,
    /// A number of the check or of the loss is out of its range.
    Hyperparameter(HyperparameterFault),
}

impl From<HyperparameterFault> for CheckFault {
    fn from(fault: HyperparameterFault) -> Self {
        Self::Hyperparameter(fault)
    }
}

impl fmt::Display for CheckFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSamples => f.write_str(
                "the gradient check has 0 samples, expected at least 1; a few are enough",
            ),
            Self::Counts { samples, targets } => write!(
                f,
                "the gradient check has {samples} samples and {targets} targets, expected a target for \
                 each sample"
            ),
            Self::BatchTooSmall {
                layer,
                found,
                least,
            } => write!(
                f,
                "the gradient check has a batch of {found}, but `{layer}` takes the variance over the \
                 batch and needs at least {least} samples; give it more"
            ),
            Self::SampleLength {
                sample,
                found,
                expected,
            } => write!(
                f,
                "sample {sample} of the gradient check has {found} elements, expected {expected}, as \
                 many as the network's input"
            ),
            Self::SampleValue {
                sample,
                element,
                found,
            } => write!(
                f,
                "sample {sample} of the gradient check is {found} at element {element}, expected a \
                 finite number"
            ),
            Self::Value {
                tensor,
                element,
                found,
            } => write!(
                f,
                "`{tensor}` of the network is {found} at element {element}, expected a finite number; \
                 check another network, or one that has not diverged"
            ),
            Self::Target { sample, fault } => {
                write!(
                    f,
                    "the target of sample {sample} of the gradient check {fault}"
                )
            }
            Self::NothingCounts => f.write_str(
                "no target of the gradient check counts in the loss: all are of the ignored class, or of \
                 classes with the weight 0; give it others",
            ),
            Self::Hyperparameter(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for CheckFault {}
