//! Flat vectors seen as nested arrays of constant size, without copying.
//!
//! The generated functions take nested arrays, so that the compiler knows every bound; parameters
//! and arenas are flat. The sizes come from the function that is called:
//!
//! ```
//! use cnn_runtime::views::array2;
//!
//! fn trace(matrix: &[[f32; 2]; 2]) -> f32 {
//!     matrix[0][0] + matrix[1][1]
//! }
//! assert_eq!(trace(array2(&[1.0, 2.0, 3.0, 4.0])), 5.0);
//! ```
//!
//! A slice of another length is a broken invariant of the generated code and panics.

use core::ops::Range;

const LENGTH: &str = "the plan gives every array a region of its own size";

/// `&[T]` of `A` elements.
#[inline(always)]
pub fn array1<T, const A: usize>(flat: &[T]) -> &[T; A] {
    flat.try_into().expect(LENGTH)
}

/// `&[T]` of `A·B` elements, row-major.
#[inline(always)]
pub fn array2<T, const A: usize, const B: usize>(flat: &[T]) -> &[[T; B]; A] {
    array1(flat.as_chunks().0)
}

/// `&[T]` of `A·B·C` elements, row-major.
#[inline(always)]
pub fn array3<T, const A: usize, const B: usize, const C: usize>(flat: &[T]) -> &[[[T; C]; B]; A] {
    array2(flat.as_chunks().0)
}

/// `&[T]` of `A·B·C·D` elements, row-major.
#[inline(always)]
pub fn array4<T, const A: usize, const B: usize, const C: usize, const D: usize>(
    flat: &[T],
) -> &[[[[T; D]; C]; B]; A] {
    array3(flat.as_chunks().0)
}

/// `&mut [T]` of `A` elements.
#[inline(always)]
pub fn array1_mut<T, const A: usize>(flat: &mut [T]) -> &mut [T; A] {
    flat.try_into().expect(LENGTH)
}

/// `&mut [T]` of `A·B` elements, row-major.
#[inline(always)]
pub fn array2_mut<T, const A: usize, const B: usize>(flat: &mut [T]) -> &mut [[T; B]; A] {
    array1_mut(flat.as_chunks_mut().0)
}

/// `&mut [T]` of `A·B·C` elements, row-major.
#[inline(always)]
pub fn array3_mut<T, const A: usize, const B: usize, const C: usize>(
    flat: &mut [T],
) -> &mut [[[T; C]; B]; A] {
    array2_mut(flat.as_chunks_mut().0)
}

/// `&mut [T]` of `A·B·C·D` elements, row-major.
#[inline(always)]
pub fn array4_mut<T, const A: usize, const B: usize, const C: usize, const D: usize>(
    flat: &mut [T],
) -> &mut [[[[T; D]; C]; B]; A] {
    array3_mut(flat.as_chunks_mut().0)
}

/// Several regions of an arena at once; the plan keeps them apart.
#[inline(always)]
pub fn regions<T, const N: usize>(arena: &mut [T], ranges: [Range<usize>; N]) -> [&mut [T]; N] {
    arena
        .get_disjoint_mut(ranges)
        .expect("the plan keeps live buffers apart and inside the arena")
}
