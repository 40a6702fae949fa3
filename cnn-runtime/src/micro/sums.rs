//! Sums of many registers, and of their lanes.

use super::{V, load, load_first, parts, splat, store, store_at, width, zip};
use crate::elementwise::fold;
use crate::lanes::{BLOCK, Lanes};
use crate::simd::{Scalar, Simd, Vector};

/// `Σ term(e)` over one part of all elements.
///
/// Four sums run side by side: an addition need not wait for the one before it, and rounding errors
/// stay smaller.
#[inline(always)]
pub fn sum_parts<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    elements: &[Lanes<T, SAMPLES>],
    part: usize,
    term: impl Fn(V<T, S>) -> V<T, S>,
) -> V<T, S> {
    const CHAINS: usize = 4;
    let mut sums = [splat(simd, T::ZERO); CHAINS];
    let (strips, rest) = elements.as_chunks::<CHAINS>();
    for strip in strips {
        for (sum, element) in zip(&mut sums, strip) {
            *sum = sum.add(term(load(simd, element, part)));
        }
    }
    for (n, sum) in sums.iter_mut().enumerate() {
        if let Some(element) = rest.get(n) {
            *sum = sum.add(term(load(simd, element, part)));
        }
    }
    sums[0].add(sums[1]).add(sums[2].add(sums[3]))
}

/// Adds up what `add` adds to `SUMS` sums for each of so many elements, in each lane by itself.
///
/// All parts of an element are read at once, because the first of them waits for its line of the cache. Where it has
/// fewer than four parts, neighbouring elements have sums of their own until the end of a strip, so that four
/// registers or more of each sum are on the way. The order therefore depends on the level, and on nothing else.
#[inline(always)]
pub fn sums_by_lane<T: Scalar, S: Simd, const SUMS: usize>(
    simd: S,
    elements: usize,
    mut add: impl FnMut(usize, usize, [V<T, S>; SUMS]) -> [V<T, S>; SUMS],
) -> [Lanes<T>; SUMS] {
    const CHAINS: usize = 4;
    /// Elements that are added one after another: rounding errors of larger images grow by strips.
    const STRIP: usize = 512;
    let parts = parts::<T, S>();
    let side_by_side = usize::max(CHAINS / parts, 1);
    let mut sums = [Lanes::splat(T::ZERO); SUMS];
    for first in (0..elements).step_by(STRIP) {
        let end = usize::min(first + STRIP, elements);
        let whole = (end - first) / side_by_side;
        // One for each part of the elements that stand side by side.
        let mut chains = [[splat(simd, T::ZERO); SUMS]; BLOCK];
        for group in 0..whole {
            for n in 0..side_by_side {
                for part in 0..parts {
                    let chain = &mut chains[n * parts + part];
                    *chain = add(first + group * side_by_side + n, part, *chain);
                }
            }
        }
        for at in first + whole * side_by_side..end {
            for (part, chain) in chains[..parts].iter_mut().enumerate() {
                *chain = add(at, part, *chain);
            }
        }
        for part in 0..parts {
            for (s, sum) in sums.iter_mut().enumerate() {
                let mut total = chains[part][s];
                for n in 1..side_by_side {
                    total = total.add(chains[n * parts + part][s]);
                }
                let before = load(simd, sum, part);
                store(sum, part, before.add(total));
            }
        }
    }
    sums
}

/// The sum of the lanes that hold a sample, those of `present` above zero.
#[inline(always)]
pub fn sum_of_present<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    element: &Lanes<T, SAMPLES>,
    present: &Lanes<T>,
) -> T {
    let zero = splat(simd, T::ZERO);
    let mut sum = zero;
    for part in 0..parts::<T, S>() {
        let lanes = load(simd, element, part);
        sum = sum.add(load(simd, present, part).select_greater(zero, lanes, zero));
    }
    sum.sum()
}

/// `Σ term(e)` over all scalars, and over lanes without one, in which `e` is `missing`.
#[inline(always)]
pub fn sum_scalars<T: Scalar, S: Simd>(
    simd: S,
    scalars: &[T],
    missing: T,
    term: impl Fn(V<T, S>) -> V<T, S>,
) -> T {
    let mut sum = splat(simd, T::ZERO);
    for chunk in scalars.chunks(width::<T, S>()) {
        sum = sum.add(term(load_first(simd, chunk, missing)));
    }
    sum.sum()
}

/// The sum of all scalars.
#[inline(always)]
pub fn sum_all<T: Scalar, S: Simd>(simd: S, scalars: &[T]) -> T {
    fold(simd, scalars, |sum, x: V<T, S>| sum.add(x))
}

/// `sums[r][c] = Σ registers[r][c]`, the sum of each register's lanes, for a tile of registers at once.
///
/// A square of as many registers as there are lanes is turned while it is added up: interleaving two
/// registers and adding what comes of it leaves half as many sums of each, side by side.
#[inline(always)]
pub fn sums_of_lanes<T: Scalar, S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    registers: &[[V<T, S>; COLUMNS]; ROWS],
    sums: &mut [[T; COLUMNS]; ROWS],
) {
    /// More than the tiles of any kernel have. The largest are Winograd's: three taps for each of 24 columns.
    const MOST: usize = 128;
    let (width, all) = (width::<T, S>(), const { ROWS * COLUMNS });
    const { assert!(ROWS * COLUMNS <= MOST, "a tile is smaller") };
    let mut of_lanes = [T::ZERO; MOST];
    let mut one_by_one = [splat(simd, T::ZERO); MOST];
    for r in 0..ROWS {
        for c in 0..COLUMNS {
            one_by_one[r * COLUMNS + c] = registers[r][c];
        }
    }
    for chunk in 0..usize::div_ceil(all, width) {
        let place = chunk * width..usize::min((chunk + 1) * width, all);
        let mut square = [splat(simd, T::ZERO); BLOCK];
        for n in place.clone() {
            square[n - place.start] = one_by_one[n];
        }
        let mut half = width / 2;
        while half > 0 {
            for n in 0..half {
                let (low, high) = square[n].interleave(square[n + half]);
                square[n] = low.add(high);
            }
            half /= 2;
        }
        store_at::<T, S>(&mut of_lanes, place.start, square[0]);
    }
    for r in 0..ROWS {
        for c in 0..COLUMNS {
            sums[r][c] = of_lanes[r * COLUMNS + c];
        }
    }
}
