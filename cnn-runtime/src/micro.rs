//! The vector operations that generated loops are made of; they know no layer and no instruction set.
//!
//! A generated kernel is a loop nest around a register tile: an array of [`V`] that the compiler
//! keeps in registers. In training layout an element is a [`Lanes`] of sixteen samples, which is
//! [`parts`] registers of the level; `part` says which of them is meant.

use crate::lanes::{BLOCK, Lanes};
use crate::simd::{Scalar, Simd, Vector};

/// A register of scalars `T` on level `S`.
pub type V<T, S> = <T as Scalar>::Vector<S>;

/// How many scalars a register holds.
#[inline(always)]
pub const fn width<T: Scalar, S: Simd>() -> usize {
    <V<T, S> as Vector<T, S>>::LANES
}

/// How many registers the sixteen samples of a [`Lanes`] fill.
#[inline(always)]
pub const fn parts<T: Scalar, S: Simd>() -> usize {
    BLOCK / width::<T, S>()
}

/// A register with `value` in every lane.
#[inline(always)]
pub fn splat<T: Scalar, S: Simd>(simd: S, value: T) -> V<T, S> {
    V::<T, S>::splat(simd, value)
}

/// Reads one part of an element.
#[inline(always)]
pub fn load<T: Scalar, S: Simd>(simd: S, element: &Lanes<T>, part: usize) -> V<T, S> {
    let width = width::<T, S>();
    V::<T, S>::load(simd, &element.0[part * width..][..width])
}

/// Writes one part of an element.
#[inline(always)]
pub fn store<T: Scalar, S: Simd>(element: &mut Lanes<T>, part: usize, value: V<T, S>) {
    let width = width::<T, S>();
    value.store(&mut element.0[part * width..][..width]);
}

/// Reads one part of `COLUMNS` elements of a row, `STRIDE` apart, beginning at `first`.
#[inline(always)]
pub fn load_columns<T: Scalar, S: Simd, const COLUMNS: usize, const STRIDE: usize>(
    simd: S,
    row: &[Lanes<T>],
    first: usize,
    part: usize,
) -> [V<T, S>; COLUMNS] {
    let span = &row[first..][..(COLUMNS - 1) * STRIDE + 1];
    let mut columns = [splat(simd, T::ZERO); COLUMNS];
    for x in 0..COLUMNS {
        columns[x] = load(simd, &span[x * STRIDE], part);
    }
    columns
}

/// Reads a register from consecutive scalars, beginning at `first`.
#[inline(always)]
pub fn load_at<T: Scalar, S: Simd>(simd: S, scalars: &[T], first: usize) -> V<T, S> {
    V::<T, S>::load(simd, &scalars[first..][..width::<T, S>()])
}

/// Writes a register to consecutive scalars, beginning at `first`.
#[inline(always)]
pub fn store_at<T: Scalar, S: Simd>(scalars: &mut [T], first: usize, value: V<T, S>) {
    value.store(&mut scalars[first..][..width::<T, S>()]);
}

/// The larger of two lanes, the first where they are equal, NaN where either is NaN.
#[inline(always)]
pub fn larger<T: Scalar, S: Simd>(first: V<T, S>, second: V<T, S>) -> V<T, S> {
    second.select_greater(first, second, second.select_equal(second, first, second))
}

/// [`larger`] of two scalars.
#[inline(always)]
pub fn larger_element<T: Scalar>(first: T, second: T) -> T {
    let is_nan = second.partial_cmp(&second).is_none();
    if second > first || is_nan {
        second
    } else {
        first
    }
}

/// `yes` where `candidate` is the maximum that [`larger`] found, which a NaN always is; else `no`.
#[inline(always)]
pub fn select_maximum<T: Scalar, S: Simd>(
    candidate: V<T, S>,
    largest: V<T, S>,
    yes: V<T, S>,
    no: V<T, S>,
) -> V<T, S> {
    candidate.select_equal(largest, yes, candidate.select_equal(candidate, no, yes))
}

/// `into[e] += from[e]`, element by element.
#[inline(never)]
pub fn add_assign<T: Scalar, S: Simd>(simd: S, into: &mut [Lanes<T>], from: &[Lanes<T>]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (into, from) in into.iter_mut().zip(from) {
                for part in 0..parts::<T, S>() {
                    let sum = load(simd, into, part).add(load(simd, from, part));
                    store(into, part, sum);
                }
            }
        },
    );
}
