//! Everything that can go wrong at run time, with what was found and what was expected.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::path::PathBuf;

use crate::hyperparameter::HyperparameterFault;
use crate::loss::TargetFault;
use crate::sentry::Divergence;

/// A result with the crate's [`enum@Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What went wrong, where, and what would mend it.
///
/// `Debug` prints the message too, as `Display` does: it is what a program shows whose `main` returns the
/// error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `write`, …
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },

    // Data and files.
    /// Data do not hold what their format, or their use, demands.
    #[error("{origin}: {place}: expected {expected}, found {found}\nhelp: {help}")]
    Data {
        /// The file, or the argument that the data were given as.
        origin: String,
        /// Where in it: a byte, a header field, an index.
        place: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
        /// What would mend it.
        help: String,
    },
    /// Files of a data set are not where they were looked for.
    #[error("{}: no {}\nhelp: {help}", folder.display(), files.join(", no "))]
    MissingFiles {
        /// Where they were looked for.
        folder: PathBuf,
        /// Their names.
        files: Vec<&'static str>,
        /// Where to get them.
        help: &'static str,
    },
    /// A file could not be saved. What stood under its name before is unchanged.
    #[error(
        "{}: cannot save {bytes} bytes: {source}\nhelp: {help}; what was there before is unchanged",
        path.display()
    )]
    Save {
        /// The file.
        path: PathBuf,
        /// How long it would have been.
        bytes: usize,
        /// What the system said.
        source: std::io::Error,
        /// What would mend it.
        help: String,
    },
    /// A network was to be saved that holds values which are infinite or NaN, or a negative variance.
    #[cfg(feature = "checkpoint")]
    #[error(
        "{}: {fault}, expected {}; `{network}` was not saved, and a file of this name is as it was\n\
         help: {}",
        path.display(),
        fault.expected(),
        fault.help_to_save()
    )]
    SaveValue {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: &'static str,
        /// The first such value.
        fault: crate::checkpoint::ValueFault,
    },
    /// A checkpoint holds other tensors than the network has parameters.
    #[cfg(feature = "checkpoint")]
    #[error(
        "{origin}: not a checkpoint of `{network}`:{}",
        crate::checkpoint::list(faults)
    )]
    Checkpoint {
        /// The file, or the argument that the bytes were given as.
        origin: String,
        /// The network's name.
        network: &'static str,
        /// Every tensor that does not fit.
        faults: Vec<crate::checkpoint::TensorFault>,
    },
    /// A checkpoint of a network that holds values which are infinite or NaN, or a negative variance.
    #[cfg(feature = "checkpoint")]
    #[error(
        "{origin}: {fault}, expected {}; `{network}` is unchanged\nhelp: {}",
        fault.expected(),
        fault.help_to_load()
    )]
    CheckpointValue {
        /// The file, or the argument that the bytes were given as.
        origin: String,
        /// The network's name.
        network: &'static str,
        /// The first such value.
        fault: crate::checkpoint::ValueFault,
    },

    // Inference.
    /// The system does not give the threads that were asked for.
    #[error("cannot start {threads} threads: {reason}\nhelp: ask for fewer")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system said.
        reason: String,
    },

    // Training.
    /// A number that must be at least one is zero.
    #[error("the {name} is 0, expected at least 1; write for example `{example}`")]
    Zero {
        /// What it is called.
        name: &'static str,
        /// What to write instead.
        example: &'static str,
    },
    /// A hyperparameter is out of its range.
    #[error(transparent)]
    Hyperparameter(#[from] HyperparameterFault),
    /// A batch that is too small for a layer that normalizes by the batch.
    #[error(
        "a batch of {found}, but `{layer}` takes the variance over the batch and needs at least \
         {least} samples; choose a batch size that leaves no smaller rest"
    )]
    BatchTooSmall {
        /// The layer.
        layer: &'static str,
        /// The samples of the batch.
        found: usize,
        /// The fewest that it can do with.
        least: usize,
    },
    /// A data set without samples.
    #[error(
        "the {set} data set has 0 samples, expected at least 1; check where it was loaded from"
    )]
    EmptyDataset {
        /// Which one: `training`, `test`, `given`.
        set: &'static str,
    },
    /// A sample of another size than the data set's type says.
    #[error("sample {sample} of the {set} data set has {found} elements, expected {expected}")]
    SampleLength {
        /// Which data set.
        set: &'static str,
        /// The sample's index.
        sample: usize,
        /// Its elements.
        found: usize,
        /// The elements of the sample's shape.
        expected: usize,
    },
    /// A sample with a value that is infinite or NaN.
    #[error(
        "sample {sample} of the {set} data set is {found} at element {element}, \
         expected a finite number; remove the sample or repair it"
    )]
    SampleValue {
        /// Which data set.
        set: &'static str,
        /// The sample's index.
        sample: usize,
        /// The element's index in the sample, row-major.
        element: usize,
        /// Its value.
        found: f32,
    },
    /// A target that the loss cannot accept.
    #[error("the target of sample {sample} of the {set} data set {fault}")]
    Target {
        /// Which data set.
        set: &'static str,
        /// The sample's index.
        sample: usize,
        /// What is wrong with it.
        fault: TargetFault,
    },
    /// A data set of which no target counts in the loss.
    #[error(
        "no target of the {set} data set counts in the loss: all are of the ignored class, or of \
         classes with the weight 0; check both numbers, and the labels"
    )]
    NothingCounts {
        /// Which data set.
        set: &'static str,
    },
    /// Gradients could not be checked.
    #[error(transparent)]
    GradientCheck(#[from] crate::gradcheck::CheckFault),
    /// A value became infinite or NaN.
    #[error(transparent)]
    Diverged(Box<Divergence>),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    pub(crate) const ZERO_BATCH_SIZE: Self = Self::Zero {
        name: "batch size",
        example: ".batch_size(32)",
    };
    pub(crate) const ZERO_THREADS: Self = Self::Zero {
        name: "number of threads",
        example: ".threads(2)",
    };

    /// The same error; a divergence remembers its epoch.
    pub(crate) fn in_epoch(mut self, epoch: usize) -> Self {
        if let Self::Diverged(divergence) = &mut self {
            divergence.epoch = Some(epoch);
        }
        self
    }
}
