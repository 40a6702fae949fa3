//! A heap vector of scalars that begins on a cache line.

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// The alignment of a buffer in bytes: a cache line, and one AVX-512 register.
const ALIGNMENT: usize = 64;

/// A fixed number of scalars, zero at first, aligned to a cache line.
///
/// It is made on the heap, never on the stack, so its size is limited by memory alone.
///
/// ```
/// use cnn_runtime::Buffer;
///
/// let mut gradients = Buffer::<f32>::zeroed(150);
/// gradients[3] = 1.0;
/// assert_eq!(gradients.iter().sum::<f32>(), 1.0);
/// ```
pub struct Buffer<T> {
    // Longer than needed by one alignment; the buffer proper begins at `start`. No `unsafe` needed.
    storage: Box<[T]>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Buffer<T> {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        let slack = ALIGNMENT.div_ceil(size_of::<T>().max(1));
        let storage = vec![T::default(); len + slack].into_boxed_slice();
        let start = storage.as_ptr().align_offset(ALIGNMENT).min(slack);
        Self {
            storage,
            start,
            len,
        }
    }

    /// A copy of a slice.
    #[must_use]
    pub fn copied(slice: &[T]) -> Self {
        let mut buffer = Self::zeroed(slice.len());
        buffer.copy_from_slice(slice);
        buffer
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.storage[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Buffer<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.storage[self.start..self.start + self.len]
    }
}

impl<T: Copy + Default> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::copied(self)
    }
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer of {} elements", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_begins_on_a_cache_line_and_holds_zeros() {
        for len in [0, 1, 15, 1000] {
            let buffer = Buffer::<f32>::zeroed(len);
            assert_eq!(buffer.as_ptr().align_offset(ALIGNMENT), 0);
            assert_eq!(buffer.len(), len);
            assert!(buffer.iter().all(|&x| x == 0.0));
        }
    }
}
