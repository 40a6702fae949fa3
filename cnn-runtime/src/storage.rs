//! Where a network keeps its parameters: on the heap, or inside of the value itself.
//!
//! The choice is a type, the second parameter of every network. Features only add: without `alloc`
//! the heap still has its name, but no network can be made there.

use core::fmt;
use core::ops::{Deref, DerefMut};

use crate::simd::Scalar;
use crate::spec::{Role, Spec};

/// A place for a network's parameters: [`Heap`] or [`Inline`].
pub trait Storage: sealed::Sealed + Copy + fmt::Debug + Send + Sync + 'static {
    /// `N` scalars, aligned to a cache line.
    type Vector<T: Scalar, const N: usize>: DerefMut<Target = [T]> + Clone + Send + Sync;
}

/// On the heap, as long as memory allows; the network itself is a few words. The default.
///
/// A network is made there by `new(seed)` or `zeroed()`, which need the feature `alloc`.
#[derive(Clone, Copy, Debug)]
pub struct Heap;

/// Inside of the network itself: on the stack, in a `static`, or in what the network is a part of.
///
/// It needs no allocator. Such a network begins as the constant `ZERO`, and `init(seed)` gives it
/// its random weights where it stands; the documentation of `network!` has an example. A large one
/// belongs in a `static` or on the heap, because a local variable is on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Inline;

#[cfg(feature = "alloc")]
impl Storage for Heap {
    type Vector<T: Scalar, const N: usize> = crate::buffer::Buffer<T>;
}

#[cfg(not(feature = "alloc"))]
impl Storage for Heap {
    type Vector<T: Scalar, const N: usize> = absent::Absent<T>;
}

impl Storage for Inline {
    type Vector<T: Scalar, const N: usize> = InlineBuffer<T, N>;
}

mod sealed {
    /// Generated code makes its vectors by name, so it cannot know others.
    pub trait Sealed {}

    impl Sealed for super::Heap {}
    impl Sealed for super::Inline {}
}

/// `N` scalars inside of the value itself, zero at first, aligned to a cache line.
///
/// What a [`Buffer`](crate::Buffer) is on the heap; it can be made in a constant.
///
/// ```
/// use cnn_runtime::InlineBuffer;
///
/// let mut gradients = InlineBuffer::<f32, 150>::ZERO;
/// gradients[3] = 1.0;
/// assert_eq!(gradients.iter().sum::<f32>(), 1.0);
/// ```
#[derive(Clone)]
#[repr(C, align(64))]
pub struct InlineBuffer<T, const N: usize>([T; N]);

impl<T: Scalar, const N: usize> InlineBuffer<T, N> {
    /// `N` zeros.
    pub const ZERO: Self = Self([T::ZERO; N]);
}

impl<const N: usize> InlineBuffer<f32, N> {
    /// The values of a network of `N` values that begins with parameters that are zero: what is no
    /// running variance is zero.
    #[doc(hidden)]
    #[must_use]
    pub const fn begun(spec: &Spec) -> Self {
        let mut values = [0.0; N];
        let mut index = 0;
        while index < spec.statistics.len() {
            let tensor = &spec.statistics[index];
            let mut place = tensor.offset;
            while place < tensor.offset + tensor.len && matches!(tensor.role, Role::RunningVariance)
            {
                values[place] = 1.0;
                place += 1;
            }
            index += 1;
        }
        Self(values)
    }
}

impl<T, const N: usize> Deref for InlineBuffer<T, N> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for InlineBuffer<T, N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T, const N: usize> fmt::Debug for InlineBuffer<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InlineBuffer of {N} elements")
    }
}

/// What a vector on the heap is where there is none.
#[cfg(not(feature = "alloc"))]
mod absent {
    use core::convert::Infallible;
    use core::marker::PhantomData;
    use core::ops::{Deref, DerefMut};

    /// A vector of which there is no value.
    #[derive(Clone, Debug)]
    pub struct Absent<T> {
        never: Infallible,
        scalar: PhantomData<T>,
    }

    impl<T> Deref for Absent<T> {
        type Target = [T];
        fn deref(&self) -> &[T] {
            match self.never {}
        }
    }

    impl<T> DerefMut for Absent<T> {
        fn deref_mut(&mut self) -> &mut [T] {
            match self.never {}
        }
    }
}

/// Passes items on where there is a heap: in the code of every network, those that need one.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! on_heap {
    ($($item:tt)*) => { $($item)* };
}

/// Drops the items that need a heap.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! on_heap {
    ($($item:tt)*) => {};
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every network relies on, whatever its storage.
    fn assert_vector<S: Storage, const N: usize>(vector: &mut S::Vector<f32, N>) {
        assert_eq!(vector.len(), N);
        assert_eq!(vector.as_ptr().align_offset(64), 0);
        assert!(vector.iter().all(|&value| value == 0.0));
        vector.fill(2.0);
        assert!(vector.clone().iter().all(|&value| value == 2.0));
    }

    #[test]
    fn an_inline_vector_is_aligned_and_begins_with_zeros() {
        static FIVE: InlineBuffer<f32, 5> = InlineBuffer::ZERO;
        assert_vector::<Inline, 5>(&mut FIVE.clone());
        let mut none = InlineBuffer::ZERO;
        assert_vector::<Inline, 0>(&mut none);
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn a_vector_on_the_heap_is_aligned_and_begins_with_zeros() {
        assert_vector::<Heap, 5>(&mut crate::Buffer::zeroed(5));
        assert_vector::<Heap, 0>(&mut crate::Buffer::zeroed(0));
    }
}
