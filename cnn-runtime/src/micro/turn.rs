//! Rows that become lanes, by squares that are turned in registers.
//!
//! A loop that reads or writes scalars that lie apart takes an operation for each, and on AVX-512 LLVM makes
//! gathers and scatters of it, which take more. A square of sixteen rows is turned by 64 shuffles.

use super::{V, load, load_at, load_first, parts, splat, store_at, store_first, width, zip};
use crate::lanes::{BLOCK, Lanes, transpose};
use crate::simd::{Scalar, Simd, Vector};

/// `rows[n][i] = elements[i].0[n]`, for as many elements as fill whole registers.
#[inline(always)]
pub fn turn_to_rows<T: Scalar, S: Simd, const SAMPLES: usize, const LENGTH: usize>(
    simd: S,
    elements: &[Lanes<T, SAMPLES>],
    rows: &mut [[T; LENGTH]; BLOCK],
) {
    let width = width::<T, S>();
    for (index, elements) in elements.chunks_exact(width).enumerate() {
        for part in 0..parts::<T, S>() {
            let mut square = [splat(simd, T::ZERO); BLOCK];
            for (register, element) in zip(&mut square, elements) {
                *register = load(simd, element, part);
            }
            store_rows::<T, S, LENGTH>(square, rows, part, index * width);
        }
    }
}

/// [`turn_to_rows`] of fewer elements than a register has lanes: they are the last of the first register of each
/// row, and those before them are zeros.
#[inline(always)]
pub fn turn_rest_to_rows<T: Scalar, S: Simd, const SAMPLES: usize, const LENGTH: usize>(
    simd: S,
    elements: &[Lanes<T, SAMPLES>],
    rows: &mut [[T; LENGTH]; BLOCK],
) {
    let width = width::<T, S>();
    for part in 0..parts::<T, S>() {
        let mut square = [splat(simd, T::ZERO); BLOCK];
        let last = &mut square[width - elements.len()..width];
        for (register, element) in zip(last, elements) {
            *register = load(simd, element, part);
        }
        store_rows::<T, S, LENGTH>(square, rows, part, 0);
    }
}

/// Lane `n` of the registers becomes a register of the part's row `n`, from `first` on.
#[inline(always)]
fn store_rows<T: Scalar, S: Simd, const LENGTH: usize>(
    mut square: [V<T, S>; BLOCK],
    rows: &mut [[T; LENGTH]; BLOCK],
    part: usize,
    first: usize,
) {
    let width = width::<T, S>();
    transpose::<T, S>(&mut square);
    for n in 0..width {
        store_at::<T, S>(&mut rows[part * width + n], first, square[n]);
    }
}

/// `to[c][r] = from[r][c]`, for all rows of `from` and as many of its columns as `to` has rows.
///
/// What is behind them in the rows of `to` may be overwritten by zeros.
#[inline(always)]
pub fn turn<T, S, const ROWS: usize, const FROM: usize, const COLUMNS: usize, const TO: usize>(
    simd: S,
    from: &[[T; FROM]; ROWS],
    to: &mut [[T; TO]; COLUMNS],
) where
    T: Scalar,
    S: Simd,
{
    // A single row becomes a column of the same memory, and the other way round.
    if ROWS == 1 && TO == 1 {
        return to.as_flattened_mut().copy_from_slice(&from[0][..COLUMNS]);
    }
    if COLUMNS == 1 && FROM == 1 {
        return to[0][..ROWS].copy_from_slice(from.as_flattened());
    }
    let width = width::<T, S>();
    let (whole, rest) = (ROWS / width, ROWS % width);
    for row in 0..whole {
        let rows = &from[row * width..][..width];
        turn_rows::<T, S, FROM, COLUMNS, TO>(simd, rows, to, row * width);
    }
    if rest > 0 {
        let rows = &from[whole * width..][..rest];
        turn_rows::<T, S, FROM, COLUMNS, TO>(simd, rows, to, whole * width);
    }
}

/// Rows, at most as many as a register has lanes, become the lanes from `lane` on.
#[inline(always)]
pub(crate) fn turn_rows<
    T: Scalar,
    S: Simd,
    const FROM: usize,
    const COLUMNS: usize,
    const TO: usize,
>(
    simd: S,
    rows: &[[T; FROM]],
    to: &mut [[T; TO]; COLUMNS],
    lane: usize,
) {
    let width = width::<T, S>();
    let (whole, rest) = (COLUMNS / width, COLUMNS % width);
    for square in 0..whole {
        let to = &mut to[square * width..][..width];
        turn_square::<T, S, FROM, TO>(simd, rows, square * width, to, lane);
    }
    if rest > 0 {
        let to = &mut to[whole * width..][..rest];
        turn_square::<T, S, FROM, TO>(simd, rows, whole * width, to, lane);
    }
}

/// The columns of some rows from `column` on become the lanes of as many rows from `lane` on.
#[inline(always)]
fn turn_square<T: Scalar, S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    rows: &[[T; FROM]],
    column: usize,
    to: &mut [[T; TO]],
    lane: usize,
) {
    let mut square = [splat(simd, T::ZERO); BLOCK];
    for (register, row) in zip(&mut square, rows) {
        *register = load_first::<T, S>(simd, &row[column..], T::ZERO);
    }
    store_turned::<T, S, TO>(square, to, lane);
}

/// Lane `k` of register `n` becomes element `lane + n` of row `k`, of as many registers as there are lanes.
#[inline(always)]
pub fn store_turned<T: Scalar, S: Simd, const TO: usize>(
    mut square: [V<T, S>; BLOCK],
    to: &mut [[T; TO]],
    lane: usize,
) {
    transpose::<T, S>(&mut square);
    for (register, row) in zip(&square[..width::<T, S>()], to) {
        store_first::<T, S>(&mut row[lane..], *register);
    }
}

/// Reads `APART` registers from consecutive scalars, beginning at `first`: lane `l` of register `k` is the
/// scalar at `first + l · APART + k`. `APART` is a power of two.
#[inline(always)]
pub fn load_apart<T: Scalar, S: Simd, const APART: usize>(
    simd: S,
    scalars: &[T],
    first: usize,
) -> [V<T, S>; APART] {
    let mut registers = [splat(simd, T::ZERO); APART];
    for (k, register) in registers.iter_mut().enumerate() {
        *register = load_at(simd, scalars, first + k * width::<T, S>());
    }
    let mut apart = 1;
    while apart < APART {
        let old = registers;
        for n in 0..APART / 2 {
            (registers[n], registers[n + APART / 2]) = old[2 * n].deinterleave(old[2 * n + 1]);
        }
        apart *= 2;
    }
    registers
}
