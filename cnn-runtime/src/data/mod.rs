//! Data sets: the trait, and where data come from.

#[cfg(feature = "std")]
mod class_maps;
#[cfg(feature = "data")]
mod digits;
#[cfg(feature = "data")]
mod gzip;
#[cfg(feature = "data")]
mod idx;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "data")]
mod mnist;
#[cfg(feature = "alloc")]
mod picture;
#[cfg(feature = "std")]
pub(crate) mod shuffle;

#[cfg(feature = "std")]
pub use class_maps::ClassMaps;
#[cfg(feature = "data")]
pub use digits::Digits;
#[cfg(feature = "std")]
pub use memory::{Classes, InMemory, Stored};
#[cfg(feature = "data")]
pub use mnist::Mnist;
#[cfg(feature = "alloc")]
pub use picture::text_picture;

use crate::shape::Shape;
use crate::target::Target;

/// Samples of one shape with their targets, addressed by index.
pub trait Dataset: Sync {
    /// The shape of a sample.
    type Sample: Shape;
    /// The kind of its target.
    type Target: Target;

    /// How many samples there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The elements of sample `index`, row-major: `Self::Sample::ELEMENTS` of them.
    fn sample(&self, index: usize) -> &[f32];
    /// The target of sample `index`.
    fn target(&self, index: usize) -> <Self::Target as Target>::Ref<'_>;
}
