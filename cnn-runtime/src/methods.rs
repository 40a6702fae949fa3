//! The methods of every network, whatever its layers.

use crate::network::Network;
use crate::summary::Summary;

/// What every network can do beyond its own layers.
///
/// The methods are here and not in the generated code, so that they exist once, and only where the
/// features of this crate allow them.
pub trait NetworkExt: Network + Sized {
    /// The layers with their shapes, parameters and multiply–accumulates, as a table.
    #[must_use]
    fn summary(&self) -> Summary<'static> {
        Summary::of(Self::SPEC)
    }

    /// A copy for inference: weights laid out for this machine, batch normalization folded into
    /// them, and the memory that it needs.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn freeze(&self) -> crate::predict::Frozen<Self> {
        crate::predict::Frozen::new(self)
    }

    /// The output for one sample, row-major.
    ///
    /// It folds and lays the weights out on every call; [`freeze`](NetworkExt::freeze) does so once, and is
    /// much faster for more than a few samples.
    ///
    /// # Panics
    /// If `input` has another length than the network's input has elements.
    #[cfg(feature = "alloc")]
    #[must_use]
    #[track_caller]
    fn predict(&self, input: &[f32]) -> alloc::vec::Vec<Self::Scalar> {
        crate::predict::predict(self, input)
    }

    /// Writes all parameters and running statistics to a safetensors file, under PyTorch's names and layouts.
    ///
    /// # Errors
    /// If the file cannot be written, or a parameter is infinite or NaN; an existing file is then left
    /// as it was.
    #[cfg(feature = "checkpoint")]
    fn save(&self, path: impl AsRef<std::path::Path>) -> crate::Result<()>
    where
        Self: Network<Scalar = f32>,
    {
        crate::checkpoint::save(self, path)
    }

    /// Reads all parameters and running statistics from a safetensors file.
    ///
    /// # Errors
    /// If the file cannot be read, its tensors are not this network's, or a value in them is infinite
    /// or NaN; the parameters are then left as they were.
    #[cfg(feature = "checkpoint")]
    fn load(&mut self, path: impl AsRef<std::path::Path>) -> crate::Result<()>
    where
        Self: Network<Scalar = f32>,
    {
        crate::checkpoint::load(self, path)
    }
}

impl<N: Network> NetworkExt for N {}
