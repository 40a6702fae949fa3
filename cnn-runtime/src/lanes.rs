//! The layout of a block of sixteen samples, or of eight: they lie in the lanes of every value.
//!
//! A value of shape `[c][h][w]` is stored as `[[[Lanes<T>; W]; H]; C]`; lane `n` belongs to sample
//! `n` of the block. The input of a block with fewer samples has zeros in the remaining lanes; what its other
//! values have there counts nowhere.

use crate::inlined::zip;
use crate::simd::{Scalar, Simd, Vector};

/// How many samples a block holds: one AVX-512 register of `f32`. Where an optional number of samples is left out, it
/// is this one.
pub const BLOCK: usize = 16;

/// How many samples a small block holds, in which [some levels](crate::simd::Level::has_few) train on few.
pub const FEW: usize = BLOCK / 2;

/// One element of a value, for each of the samples of a block: sixteen, or [`FEW`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(32))]
pub struct Lanes<T, const SAMPLES: usize = BLOCK>(pub [T; SAMPLES]);

impl<T: Copy + Default, const SAMPLES: usize> Default for Lanes<T, SAMPLES> {
    fn default() -> Self {
        Self::splat(T::default())
    }
}

impl<T: Copy, const SAMPLES: usize> Lanes<T, SAMPLES> {
    /// The same value for every sample.
    #[inline(always)]
    pub const fn splat(value: T) -> Self {
        Self([value; SAMPLES])
    }
}

/// Lays as many samples as a block holds, or fewer, side by side: `block[e].0[n] = samples[n][e]`, converted to `T`.
///
/// Lanes without a sample become zero. Every sample has `block.len()` elements.
#[inline(always)]
pub fn gather<T: Scalar, const SAMPLES: usize>(
    samples: &[&[f32]],
    block: &mut [Lanes<T, SAMPLES>],
) {
    /// Elements moved at a time: small enough for the touched rows to stay in the L1 cache.
    const STRIP: usize = 64;
    for (strip, rows) in block.chunks_mut(STRIP).enumerate() {
        let first = strip * STRIP;
        for n in 0..SAMPLES {
            match samples.get(n) {
                Some(sample) => {
                    for (lanes, &value) in zip(rows.iter_mut(), &sample[first..]) {
                        lanes.0[n] = T::from_f64(f64::from(value));
                    }
                }
                None => rows.iter_mut().for_each(|lanes| lanes.0[n] = T::ZERO),
            }
        }
    }
}

/// [`gather`] by registers: squares of as many samples as elements are read row by row, turned in
/// registers, and written row by row, where single elements would be written an element's lanes apart. The last
/// square overlaps the one before it, if need be.
#[inline(always)]
pub(crate) fn gather_squares<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    samples: &[&[f32]],
    block: &mut [Lanes<T, SAMPLES>],
) {
    match block.len().checked_sub(T::Vector::<S>::LANES) {
        None => gather_few(samples, block),
        Some(last) => turn_samples(simd, samples, block, last),
    }
}

/// The squares of [`gather_squares`], of which the last begins at `last`: compiled once for each level,
/// and not with everything that gathers.
#[inline(never)]
fn turn_samples<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    samples: &[&[f32]],
    block: &mut [Lanes<T, SAMPLES>],
    last: usize,
) {
    let width = T::Vector::<S>::LANES;
    simd.vectorize(
        #[inline(always)]
        || {
            for first in (0..block.len()).step_by(width) {
                let first = first.min(last);
                for part in 0..SAMPLES / width {
                    let samples = samples.get(part * width..).unwrap_or_default();
                    let rows = square::<T, S>(simd, samples, first);
                    for (lanes, row) in zip(&mut block[first..][..width], &rows) {
                        row.store(&mut lanes.0[part * width..][..width]);
                    }
                }
            }
        },
    );
}

/// A register of elements of each of as many samples, from the element `first` on, turned: a row for
/// each element. Samples that are not there are zeros.
///
/// The rows stay in registers because their number is known where they are read, missing ones included,
/// and because who stores them borrows them: an iterator that owned them would copy them to memory, by which
/// a step of 218 parameters once took 14 µs and not 5.7 (AVX-512, AMD EPYC, 2026-11-28).
#[inline(always)]
fn square<T: Scalar, S: Simd>(simd: S, samples: &[&[f32]], first: usize) -> [T::Vector<S>; BLOCK] {
    let width = T::Vector::<S>::LANES;
    let mut rows = [T::Vector::<S>::splat(simd, T::ZERO); BLOCK];
    for (n, row) in rows[..width].iter_mut().enumerate() {
        if let Some(sample) = samples.get(n) {
            *row = converted::<T, S>(simd, &sample[first..][..width]);
        }
    }
    transpose::<T, S>(&mut rows);
    rows
}

/// [`gather`] of less than a register of elements, one after the other.
#[inline(always)]
fn gather_few<T: Scalar, const SAMPLES: usize>(
    samples: &[&[f32]],
    block: &mut [Lanes<T, SAMPLES>],
) {
    for (e, lanes) in block.iter_mut().enumerate() {
        let mut row = [T::ZERO; SAMPLES];
        for (value, sample) in zip(&mut row, samples) {
            *value = T::from_f64(f64::from(sample[e]));
        }
        *lanes = Lanes(row);
    }
}

/// A register of samples' elements, of which there are as many as it has lanes.
#[inline(always)]
fn converted<T: Scalar, S: Simd>(simd: S, elements: &[f32]) -> T::Vector<S> {
    let mut scalars = [T::ZERO; BLOCK];
    for (scalar, &element) in zip(&mut scalars, elements) {
        *scalar = T::from_f64(f64::from(element));
    }
    T::Vector::<S>::load(simd, &scalars[..T::Vector::<S>::LANES])
}

/// Lane `k` of row `n` becomes lane `n` of row `k`, in a square of as many rows as there are lanes.
///
/// Interleaving the rows of the first half with those of the second turns the bits of an element's
/// index by one; as many times as an index of a row has bits, rows and lanes have changed places.
#[inline(always)]
pub(crate) fn transpose<T: Scalar, S: Simd>(rows: &mut [T::Vector<S>; BLOCK]) {
    let width = T::Vector::<S>::LANES;
    let mut turned = 1;
    while turned < width {
        let old = *rows;
        for n in 0..width / 2 {
            (rows[2 * n], rows[2 * n + 1]) = old[n].interleave(old[n + width / 2]);
        }
        turned *= 2;
    }
}

/// Copies the value of one sample out of a block: `sample[e] = block[e].0[lane]`.
#[inline(always)]
pub fn scatter<T: Copy>(block: &[Lanes<T>], lane: usize, sample: &mut [T]) {
    for (value, lanes) in zip(sample, block) {
        *value = lanes.0[lane];
    }
}

/// [`scatter`] of as many samples as `samples` has place for, one behind the other: by squares, as in
/// [`gather_squares`], where lane by lane each of them would read the whole block.
#[cfg(feature = "alloc")]
#[inline(always)]
pub(crate) fn scatter_squares<T: Scalar, S: Simd>(simd: S, block: &[Lanes<T>], samples: &mut [T]) {
    match block.len().checked_sub(T::Vector::<S>::LANES) {
        None => {
            for (lane, sample) in samples.chunks_mut(block.len()).enumerate() {
                scatter(block, lane, sample);
            }
        }
        Some(last) => return_samples(simd, block, samples, last),
    }
}

/// The squares of [`scatter_squares`], of which the last begins at `last`: compiled once for each level.
#[cfg(feature = "alloc")]
#[inline(never)]
fn return_samples<T: Scalar, S: Simd>(simd: S, block: &[Lanes<T>], samples: &mut [T], last: usize) {
    let width = T::Vector::<S>::LANES;
    simd.vectorize(
        #[inline(always)]
        || {
            for first in (0..block.len()).step_by(width) {
                let first = first.min(last);
                let square = &block[first..][..width];
                for part in 0..BLOCK / width {
                    let mut rows = [T::Vector::<S>::splat(simd, T::ZERO); BLOCK];
                    for (row, lanes) in zip(&mut rows[..width], square) {
                        *row = T::Vector::<S>::load(simd, &lanes.0[part * width..][..width]);
                    }
                    transpose::<T, S>(&mut rows);
                    for (n, row) in rows[..width].iter().enumerate() {
                        let at = (part * width + n) * block.len() + first;
                        if let Some(sample) = samples.get_mut(at..at + width) {
                            row.store(sample);
                        }
                    }
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};
    use alloc::vec;
    use alloc::vec::Vec;

    struct Gather<'a, T>(&'a [&'a [f32]], &'a mut [Lanes<T>]);

    impl<T: Scalar> Kernel for Gather<'_, T> {
        type Output = ();
        fn run<S: Simd>(self, simd: S) {
            let Self(samples, block) = self;
            gather_squares(simd, samples, block);
        }
    }

    fn check<T: Scalar>(level: Level, samples: &[&[f32]], elements: usize) {
        let mut block = vec![Lanes::splat(T::from_f64(f64::NAN)); elements];
        level.run(Gather(samples, &mut block));
        for (e, lanes) in block.iter().enumerate() {
            for n in 0..BLOCK {
                let expected = samples.get(n).map_or(0.0, |sample| f64::from(sample[e]));
                let count = samples.len();
                assert_eq!(
                    lanes.0[n].to_f64(),
                    expected,
                    "{level:?}, element {e} of {elements}, sample {n} of {count}"
                );
            }
        }
    }

    struct Scatter<'a, T>(&'a [Lanes<T>], &'a mut [T]);

    impl<T: Scalar> Kernel for Scatter<'_, T> {
        type Output = ();
        fn run<S: Simd>(self, simd: S) {
            let Self(block, samples) = self;
            scatter_squares(simd, block, samples);
        }
    }

    fn check_back<T: Scalar>(level: Level, elements: usize, count: usize) {
        let value = |e: usize, n: usize| (100 * n + e) as f64 + 0.5;
        let block: Vec<Lanes<T>> = (0..elements)
            .map(|e| Lanes(core::array::from_fn(|n| T::from_f64(value(e, n)))))
            .collect();
        let mut samples = vec![T::from_f64(f64::NAN); count * elements];
        level.run(Scatter(&block, &mut samples));
        for (n, sample) in samples.chunks(elements).enumerate() {
            for (e, found) in sample.iter().enumerate() {
                assert_eq!(
                    found.to_f64(),
                    value(e, n),
                    "{level:?}, element {e} of {elements}, sample {n} of {count}"
                );
            }
        }
    }

    #[test]
    fn every_lane_goes_back_to_its_sample_on_every_level() {
        for level in Level::available() {
            for elements in [1, 2, 7, 8, 16, 17, 24, 70] {
                for count in [0, 1, 3, 8, 9, 16] {
                    check_back::<f32>(level, elements, count);
                    check_back::<f64>(level, elements, count);
                }
            }
        }
    }

    #[test]
    fn every_element_of_every_sample_finds_its_lane_on_every_level() {
        for level in Level::available() {
            for elements in [0, 1, 2, 7, 8, 16, 17, 24, 70] {
                let samples: Vec<Vec<f32>> = (0..BLOCK)
                    .map(|n| (0..elements).map(|e| (100 * n + e) as f32 + 0.5).collect())
                    .collect();
                let samples: Vec<&[f32]> = samples.iter().map(|sample| &sample[..]).collect();
                for count in [0, 1, 3, 8, 9, 16] {
                    check::<f32>(level, &samples[..count], elements);
                    check::<f64>(level, &samples[..count], elements);
                }
            }
        }
    }
}
