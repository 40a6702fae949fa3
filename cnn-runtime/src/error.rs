//! Everything that can go wrong at run time, with what was found and what was expected.

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
}
