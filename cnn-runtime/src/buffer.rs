//! A heap vector of scalars that begins on a cache line.

use core::fmt;
use core::ops::{Deref, DerefMut};

#[cfg(not(target_os = "linux"))]
use allocator_api2::alloc::Global as Pages;
use allocator_api2::vec::Vec;
// The standard library has no call for huge pages.
#[cfg(target_os = "linux")]
use hugealloc::HugeAlloc as Pages;

/// The alignment of a buffer in bytes: a cache line, and one AVX-512 register.
const ALIGNMENT: usize = 64;

/// The bytes of a huge page where other pages have 4 KiB; from so many on they are asked for.
const HUGE_PAGE: usize = 2 << 20;

/// A fixed number of scalars, zero at first, aligned to a cache line.
///
/// It is made on the heap, never on the stack, so its size is limited by memory alone. One of 2 MiB and more asks Linux
/// for whole huge pages, which it gives if it has some, and if `/sys/kernel/mm/transparent_hugepage/enabled` is `madvise`
/// or `always`.
///
/// ```
/// use cnn_runtime::Buffer;
///
/// let mut gradients = Buffer::<f32>::zeroed(150);
/// gradients[3] = 1.0;
/// assert_eq!(gradients.iter().sum::<f32>(), 1.0);
/// ```
pub struct Buffer<T> {
    // May be longer than needed by one alignment; the buffer proper begins at `start`. No `unsafe` needed.
    storage: Vec<T, Pages>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Buffer<T> {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        let slack = match align_of::<T>() < ALIGNMENT {
            true => ALIGNMENT.div_ceil(size_of::<T>().max(1)),
            false => 0,
        };
        let len_with_slack = len + slack;
        // Whole huge pages: the last of them would be many small ones otherwise.
        let capacity = match len_with_slack * size_of::<T>() {
            bytes if bytes < HUGE_PAGE || !cfg!(target_os = "linux") => len_with_slack,
            bytes => bytes.next_multiple_of(HUGE_PAGE) / size_of::<T>(),
        };
        let mut storage = Vec::with_capacity_in(capacity, Pages);
        // Written here, and not by the allocator, which asks for huge pages behind its own zeros.
        storage.resize(len_with_slack, T::default());
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

    #[test]
    #[cfg(all(target_os = "linux", not(miri)))]
    fn a_large_buffer_takes_whole_huge_pages() {
        for bytes in [HUGE_PAGE, HUGE_PAGE + 64, 5 * HUGE_PAGE - 4] {
            let buffer = Buffer::<f32>::zeroed(bytes / size_of::<f32>());
            assert_eq!(buffer.as_ptr().align_offset(HUGE_PAGE), 0, "{bytes} bytes");
            assert_eq!(buffer.len(), bytes / size_of::<f32>());
            assert!(buffer.iter().all(|&x| x == 0.0));
            assert!((buffer.storage.capacity() * size_of::<f32>()).is_multiple_of(HUGE_PAGE));
        }
    }
}
