//! Everything that can go wrong at run time, with what was found and what was expected.

use alloc::string::String;
use alloc::vec::Vec;
use std::path::PathBuf;

/// A result with the crate's [`enum@Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What went wrong, where, and what would mend it.
#[derive(Debug, thiserror::Error)]
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
}
