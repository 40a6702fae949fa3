//! The vector operations that generated loops are made of; they know no layer and no instruction set.
//!
//! A generated kernel is a loop nest around a register tile: an array of [`V`] that the compiler
//! keeps in registers. In training layout an element is a [`Lanes`] of sixteen or eight samples, which is
//! [`parts`] registers of the level; `part` says which of them is meant.

mod sums;
mod turn;

use core::ops::Range;
use core::sync::atomic::{Ordering, compiler_fence};

use crate::element::BlockElement;
use crate::elementwise::update;
pub use crate::inlined::zip;
use crate::lanes::{BLOCK, Lanes};
pub use crate::scalar::unless_negligible;
use crate::simd::{Scalar, Simd, Vector};
pub use sums::{sum_all, sum_of_present, sum_parts, sum_scalars, sums_by_lane, sums_of_lanes};
pub(crate) use turn::turn_rows;
pub use turn::{load_apart, store_turned, turn, turn_rest_to_rows, turn_to_rows};

/// A register of scalars `T` on level `S`.
pub type V<T, S> = <T as Scalar>::Vector<S>;

/// How many scalars a register holds.
#[inline(always)]
pub const fn width<T: Scalar, S: Simd>() -> usize {
    <V<T, S> as Vector<T, S>>::LANES
}

/// How many registers the samples of a [`Lanes`] fill that the level computes, [`Simd::SAMPLES`].
#[inline(always)]
pub const fn parts<T: Scalar, S: Simd>() -> usize {
    S::SAMPLES / width::<T, S>()
}

/// How many registers so many scalars take, of which the last may not be full.
///
/// A kernel that depends on it asks by `if const { … }`, so that what a level does not reach is not compiled
/// for it.
#[inline(always)]
pub const fn registers_of<T: Scalar, S: Simd>(scalars: usize) -> usize {
    scalars.div_ceil(width::<T, S>())
}

/// The square root, by software that gives the same on every machine; for what is computed once.
pub fn square_root(value: f64) -> f64 {
    libm::sqrt(value)
}

/// A register with `value` in every lane.
#[inline(always)]
pub fn splat<T: Scalar, S: Simd>(simd: S, value: T) -> V<T, S> {
    V::<T, S>::splat(simd, value)
}

/// Reads one part of an element.
#[inline(always)]
pub fn load<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    element: &Lanes<T, SAMPLES>,
    part: usize,
) -> V<T, S> {
    let width = width::<T, S>();
    V::<T, S>::load(simd, &element.0[part * width..][..width])
}

/// Writes one part of an element.
#[inline(always)]
pub fn store<T: Scalar, S: Simd, const SAMPLES: usize>(
    element: &mut Lanes<T, SAMPLES>,
    part: usize,
    value: V<T, S>,
) {
    let width = width::<T, S>();
    value.store(&mut element.0[part * width..][..width]);
}

/// Writes one part of an element over what the value was made from.
///
/// In `select(y > 0, d, 0)`, written to where `d` was read, the compiler sees a store of zeros under a mask.
/// AVX2 has one, which is slow (on a Zen 4 it took an eighth of the gradient by a layer's weights), so it must
/// not see that.
#[inline(always)]
pub fn store_over<T: Scalar, S: Simd, const SAMPLES: usize>(
    element: &mut Lanes<T, SAMPLES>,
    part: usize,
    value: V<T, S>,
) {
    compiler_fence(Ordering::AcqRel);
    store(element, part, value);
}

/// Reads `PARTS` parts, from `part` on, of `COLUMNS` elements of a row, `STRIDE` apart, beginning at `first`.
#[inline(always)]
pub fn load_columns<
    T: Scalar,
    S: Simd,
    const SAMPLES: usize,
    const COLUMNS: usize,
    const PARTS: usize,
    const STRIDE: usize,
>(
    simd: S,
    row: &[Lanes<T, SAMPLES>],
    first: usize,
    part: usize,
) -> [[V<T, S>; PARTS]; COLUMNS] {
    let span = &row[first..][..(COLUMNS - 1) * STRIDE + 1];
    let mut columns = [[splat(simd, T::ZERO); PARTS]; COLUMNS];
    for (x, column) in columns.iter_mut().enumerate() {
        for (p, register) in column.iter_mut().enumerate() {
            *register = load(simd, &span[x * STRIDE], part + p);
        }
    }
    columns
}

/// `end`, but where a register holds all samples the compiler may not know it, so that a loop to there stays as it
/// is written.
///
/// For loops over scalars that lie apart, asked at every turn. On AVX-512 they would become gathers and
/// scatters: the first pool of LeNet-5 took 1.8 µs for a sample with them and takes 1.0 without (perf, AMD
/// EPYC, 2026-11-27). No result depends on it.
#[inline(always)]
pub fn end_of_scalars<S: Simd>(_simd: S, end: usize) -> usize {
    match S::F32::LANES == S::SAMPLES {
        true => core::hint::black_box(end),
        false => end,
    }
}

/// `sum[r][c] += row(r) · column(c)` for the `columns`, a tile of a product of matrices.
///
/// The shorter side stays in registers while the longer passes, so that sums have the others.
#[inline(always)]
pub fn add_products<T: Scalar, S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    sum: &mut [[V<T, S>; COLUMNS]; ROWS],
    columns: Range<usize>,
    row: impl Fn(usize) -> V<T, S>,
    column: impl Fn(usize) -> V<T, S>,
) {
    if const { ROWS < COLUMNS } {
        let mut rows = [splat(simd, T::ZERO); ROWS];
        for (r, register) in rows.iter_mut().enumerate() {
            *register = row(r);
        }
        for c in columns {
            let column = column(c);
            for (sum, row) in zip(sum.iter_mut(), &rows) {
                sum[c] = column.mul_add(*row, sum[c]);
            }
        }
    } else {
        let mut all = [splat(simd, T::ZERO); COLUMNS];
        for c in columns.clone() {
            all[c] = column(c);
        }
        for (r, sum) in sum.iter_mut().enumerate() {
            let row = row(r);
            for c in columns.clone() {
                sum[c] = all[c].mul_add(row, sum[c]);
            }
        }
    }
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

/// Copies a row behind the first `before` places of a line, and fills the others with zeros; a row that is
/// not there is all zeros.
#[inline(always)]
pub fn pad_line<T: Scalar, const LENGTH: usize, const COLUMNS: usize>(
    line: &mut [T; LENGTH],
    row: Option<&[T; COLUMNS]>,
    before: usize,
) {
    let Some(row) = row else {
        return line.fill(T::ZERO);
    };
    let (left, rest) = line.split_at_mut(before);
    let columns = COLUMNS.min(rest.len());
    let (middle, right) = rest.split_at_mut(columns);
    left.fill(T::ZERO);
    middle.copy_from_slice(&row[..columns]);
    right.fill(T::ZERO);
}

/// `row = body(row)` of at least a register. The last register overlaps the one before it, if need be, and is
/// read before that is written.
#[inline(always)]
pub fn map_row<T: Scalar, S: Simd, const COLUMNS: usize>(
    simd: S,
    row: &mut [T; COLUMNS],
    body: impl Fn(V<T, S>) -> V<T, S>,
) {
    let width = width::<T, S>();
    let last = COLUMNS - width;
    let end = load_at(simd, row, last);
    for register in row.chunks_exact_mut(width) {
        let new = body(load_at(simd, register, 0));
        store_at::<T, S>(register, 0, new);
    }
    if !COLUMNS.is_multiple_of(width) {
        store_at::<T, S>(row, last, body(end));
    }
}

/// Reads a register from the first of `scalars`; `missing` stands for those that are not there.
#[inline(always)]
pub fn load_first<T: Scalar, S: Simd>(simd: S, scalars: &[T], missing: T) -> V<T, S> {
    let width = width::<T, S>();
    if scalars.len() >= width {
        return load_at(simd, scalars, 0);
    }
    let mut padded = [missing; BLOCK];
    padded[..scalars.len()].copy_from_slice(scalars);
    load_at(simd, &padded, 0)
}

/// Writes a register to the first of `scalars`; lanes without a place are dropped.
#[inline(always)]
pub fn store_first<T: Scalar, S: Simd>(scalars: &mut [T], value: V<T, S>) {
    let width = width::<T, S>();
    if scalars.len() >= width {
        return store_at::<T, S>(scalars, 0, value);
    }
    let mut padded = [T::ZERO; BLOCK];
    store_at::<T, S>(&mut padded, 0, value);
    scalars.copy_from_slice(&padded[..scalars.len()]);
}

/// The largest lane, where NaN counts as `−∞`.
#[inline(always)]
pub fn largest_lane<T: Scalar, S: Simd>(value: V<T, S>) -> T {
    let mut lanes = [T::from_f64(f64::NEG_INFINITY); BLOCK];
    store_at::<T, S>(&mut lanes, 0, value);
    let mut largest = T::from_f64(f64::NEG_INFINITY);
    for lane in lanes {
        if lane > largest {
            largest = lane;
        }
    }
    largest
}

/// The larger of two lanes, the first where they are equal, NaN where either is NaN.
#[inline(always)]
pub fn larger<T: Scalar, S: Simd>(first: V<T, S>, second: V<T, S>) -> V<T, S> {
    second.select_equal(second, second.max(first), second)
}

/// The [`larger`] of two lanes, each with its place: of the first where they are equal, or it is NaN.
#[inline(always)]
pub fn larger_of<T: Scalar, S: Simd>(
    [first, first_place]: [V<T, S>; 2],
    [second, second_place]: [V<T, S>; 2],
) -> [V<T, S>; 2] {
    let largest = larger::<T, S>(first, second);
    let place = select_maximum::<T, S>(first, largest, first_place, second_place);
    [largest, place]
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

/// `into[e] = body(into[e], from[e])`, scalar by scalar.
#[inline(always)]
pub fn update_scalars<T: Scalar, S: Simd>(
    simd: S,
    into: &mut [T],
    from: &[T],
    body: impl Fn(V<T, S>, V<T, S>) -> V<T, S>,
) {
    update(
        simd,
        into,
        from,
        [],
        #[inline(always)]
        |into, from, []| (body(into, from), []),
    );
}

/// `into[e] += from[e]`, element by element.
#[inline(never)]
pub fn add_assign<S: Simd, E: BlockElement>(simd: S, into: &mut [E], from: &[E]) {
    simd.vectorize(
        #[inline(always)]
        || {
            E::each_row(
                from,
                into,
                #[inline(always)]
                |_, from, into| {
                    update_scalars(
                        simd,
                        into,
                        from,
                        #[inline(always)]
                        |into, from| into.add(from),
                    );
                },
            );
        },
    );
}

#[cfg(test)]
mod tests;
