//! A heap vector of scalars that begins on a cache line.

use core::fmt;
use core::ops::{Deref, DerefMut};

use aligned_vec::{AVec, ConstAlign};
#[cfg(target_os = "linux")]
use allocator_api2::vec::Vec;
// The standard library has no call for huge pages.
#[cfg(target_os = "linux")]
use hugealloc::HugeAlloc;

/// The alignment of a buffer in bytes: a cache line, and one AVX-512 register.
const ALIGNMENT: usize = 64;

/// The bytes of a huge page where other pages have 4 KiB; from so many on they are asked for.
#[cfg(target_os = "linux")]
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
pub struct Buffer<T>(Storage<T>);

enum Storage<T> {
    Lines(AVec<T, ConstAlign<ALIGNMENT>>),
    /// From 2 MiB on; it begins on a page.
    #[cfg(target_os = "linux")]
    Pages(Vec<T, HugeAlloc>),
}

impl<T: Copy + Default> Buffer<T> {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        #[cfg(target_os = "linux")]
        if len * size_of::<T>() >= HUGE_PAGE {
            // Whole pages: the last of them would be many small ones otherwise.
            let bytes = (len * size_of::<T>()).next_multiple_of(HUGE_PAGE);
            let mut pages = Vec::with_capacity_in(bytes / size_of::<T>(), HugeAlloc);
            // Written here, and not by the allocator, which asks for huge pages behind its own zeros.
            pages.resize(len, T::default());
            return Self(Storage::Pages(pages));
        }
        let mut lines = AVec::with_capacity(ALIGNMENT, len);
        lines.resize(len, T::default());
        Self(Storage::Lines(lines))
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
        match &self.0 {
            Storage::Lines(lines) => lines,
            #[cfg(target_os = "linux")]
            Storage::Pages(pages) => pages,
        }
    }
}

impl<T> DerefMut for Buffer<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Storage::Lines(lines) => lines,
            #[cfg(target_os = "linux")]
            Storage::Pages(pages) => pages,
        }
    }
}

impl<T: Copy + Default> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::copied(self)
    }
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer of {} elements", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{FEW, Lanes};

    #[test]
    fn a_buffer_begins_on_a_cache_line_and_holds_zeros() {
        fn check<T: Copy + Default + PartialEq + fmt::Debug>() {
            // What was made before is kept, so that the allocator comes to other places.
            let mut kept = alloc::vec::Vec::new();
            for len in (0..200).chain([1000, 4099]) {
                let buffer = Buffer::<T>::zeroed(len);
                assert_eq!(buffer.as_ptr().addr() % ALIGNMENT, 0, "{len} elements");
                assert_eq!(buffer.len(), len);
                assert!(buffer.iter().all(|&x| x == T::default()));
                kept.push((buffer, alloc::boxed::Box::new([1u8; 24])));
            }
        }
        check::<f32>();
        check::<Lanes<f32, FEW>>();
        check::<Lanes<f32>>();
        check::<Lanes<f64>>();
    }

    #[test]
    #[cfg(all(target_os = "linux", not(miri)))]
    fn a_large_buffer_takes_whole_huge_pages() {
        for bytes in [HUGE_PAGE, HUGE_PAGE + 64, 5 * HUGE_PAGE - 4] {
            let buffer = Buffer::<f32>::zeroed(bytes / size_of::<f32>());
            assert_eq!(buffer.as_ptr().align_offset(HUGE_PAGE), 0, "{bytes} bytes");
            assert_eq!(buffer.len(), bytes / size_of::<f32>());
            assert!(buffer.iter().all(|&x| x == 0.0));
            let Storage::Pages(pages) = &buffer.0 else {
                panic!("{bytes} bytes are in no pages");
            };
            assert!((pages.capacity() * size_of::<f32>()).is_multiple_of(HUGE_PAGE));
        }
    }
}
