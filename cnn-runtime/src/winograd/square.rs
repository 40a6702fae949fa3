//! F(4×4, 3×3): both dimensions of an image at once, with samples or channels in the lanes.
//!
//! Every way to the 6 × 6 points and back is that of one dimension, taken along the columns and then along the
//! rows. The functions are compiled once for each level, element and size of a plane, whatever else differs between
//! layers.

#[cfg(test)]
mod tests;

use super::{POINTS, RESULTS, TAPS, V, deltas, filters, pixels, results, taps};
use crate::lanes::{BLOCK, Lanes};
use crate::micro::{load_at, splat, store_at, turn, turn_rows, width, zip};
use crate::simd::{Scalar, Simd};

/// The taps of a filter.
const ALL_TAPS: usize = TAPS * TAPS;

/// How many points there are.
pub const SQUARE: usize = POINTS * POINTS;

/// What lies side by side in the lanes: all samples of a block, or all channels of one sample.
pub trait Element: Copy {
    /// What a lane holds.
    type Scalar: Scalar;
    /// How many lanes there are, whole registers of every level.
    const LANES: usize;

    /// All lanes.
    fn scalars(&self) -> &[Self::Scalar];
    /// All lanes, to be changed.
    fn scalars_mut(&mut self) -> &mut [Self::Scalar];
}

impl<T: Scalar, const SAMPLES: usize> Element for Lanes<T, SAMPLES> {
    type Scalar = T;
    const LANES: usize = SAMPLES;

    #[inline(always)]
    fn scalars(&self) -> &[T] {
        &self.0
    }

    #[inline(always)]
    fn scalars_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Scalar, const CHANNELS: usize> Element for [T; CHANNELS] {
    type Scalar = T;
    const LANES: usize = CHANNELS;

    #[inline(always)]
    fn scalars(&self) -> &[T] {
        self
    }

    #[inline(always)]
    fn scalars_mut(&mut self) -> &mut [T] {
        self
    }
}

/// A register of the scalars of an element.
type Of<E, S> = V<<E as Element>::Scalar, S>;

/// The first lane of each register of an element.
#[inline(always)]
fn registers_in<E: Element, S: Simd>() -> impl Iterator<Item = usize> {
    (0..E::LANES).step_by(width::<E::Scalar, S>())
}

/// What stands at each point, row by row: a plane of elements for each.
pub type Planes<E, const PLANE: usize> = [[E; PLANE]; SQUARE];

/// Which elements of a plane: the first, and how far it is from one to the next.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// The number of the first.
    pub first: usize,
    /// From one to the next.
    pub step: usize,
}

impl Places {
    /// Element `k`.
    #[inline(always)]
    fn of(self, k: usize) -> usize {
        self.first + k * self.step
    }
}

/// Writes the columns, which are at the points along them, to a place at all points.
#[inline(always)]
fn store_at_points<S: Simd, E: Element, const PLANE: usize, const COLUMNS: usize>(
    columns: &[[Of<E, S>; POINTS]; COLUMNS],
    along_rows: impl Fn([Of<E, S>; COLUMNS]) -> [Of<E, S>; POINTS],
    points: &mut Planes<E, PLANE>,
    (place, lane): (usize, usize),
) {
    for r in 0..POINTS {
        let at = along_rows(row(columns, r));
        for (c, &value) in at.iter().enumerate() {
            store_at(points[r * POINTS + c][place].scalars_mut(), lane, value);
        }
    }
}

/// What stands at a place at all points, of which each column is taken along.
#[inline(always)]
fn load_from_points<S: Simd, E: Element, const PLANE: usize, const ROWS: usize>(
    simd: S,
    points: &Planes<E, PLANE>,
    (place, lane): (usize, usize),
    along_columns: impl Fn([Of<E, S>; POINTS]) -> [Of<E, S>; ROWS],
) -> [[Of<E, S>; ROWS]; POINTS] {
    let zero = splat(simd, E::Scalar::ZERO);
    let mut columns = [[zero; ROWS]; POINTS];
    for (c, column) in columns.iter_mut().enumerate() {
        let mut at = [zero; POINTS];
        for (r, register) in at.iter_mut().enumerate() {
            *register = load_at(simd, points[r * POINTS + c][place].scalars(), lane);
        }
        *column = along_columns(at);
    }
    columns
}

/// An image: one channel of a block, or all channels of one sample.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a, E> {
    /// All pixels, row by row.
    pub pixels: &'a [E],
    /// How many of them are a row.
    pub width: usize,
}

/// The pixels under some rows of an image; the rows that are not there are empty.
struct Rows<'a, E, const ROWS: usize> {
    rows: [&'a [E]; ROWS],
    /// How many columns are missing before the image.
    before: usize,
}

impl<'a, E: Element> Image<'a, E> {
    /// Some rows, `columns` wide, from the pixel at `[y, x]` on, which may be before the image.
    #[inline(always)]
    fn rows<const ROWS: usize>(self, [y, x]: [isize; 2], columns: usize) -> Rows<'a, E, ROWS> {
        let first = x.max(0).unsigned_abs();
        let end = usize::min(columns.saturating_add_signed(x), self.width);
        let mut rows: [&[E]; ROWS] = [&[]; ROWS];
        for (r, row) in rows.iter_mut().enumerate() {
            if let Some(y) = r.checked_add_signed(y) {
                let start = y * self.width;
                *row = self
                    .pixels
                    .get(start + first..start + end)
                    .unwrap_or_default();
            }
        }
        let before = x.min(0).unsigned_abs();
        Rows { rows, before }
    }
}

impl<E: Element, const ROWS: usize> Rows<'_, E, ROWS> {
    /// A column of pixels, or of gradients; zero beside the image.
    #[inline(always)]
    fn column<S: Simd>(&self, simd: S, x: usize, lane: usize) -> [Of<E, S>; ROWS] {
        let mut column = [splat(simd, E::Scalar::ZERO); ROWS];
        let x = x.wrapping_sub(self.before);
        for (register, row) in zip(&mut column, &self.rows) {
            if let Some(element) = row.get(x) {
                *register = load_at(simd, element.scalars(), lane);
            }
        }
        column
    }
}

/// Row `r` of the columns.
#[inline(always)]
fn row<T: Copy, const ROWS: usize, const COLUMNS: usize>(
    columns: &[[T; ROWS]; COLUMNS],
    r: usize,
) -> [T; COLUMNS] {
    let mut row = [columns[0][0]; COLUMNS];
    for (element, column) in zip(&mut row, columns) {
        *element = column[r];
    }
    row
}

/// Takes the pixels under some tiles of a row to the points. The first pixel under the first of them is at `corner`:
/// its row and column, which are negative before the image.
#[inline(never)]
pub fn pixels_to_points<S: Simd, E: Element, const PLANE: usize>(
    simd: S,
    image: Image<'_, E>,
    corner: [isize; 2],
    (points, places): (&mut Planes<E, PLANE>, Places),
    tiles: usize,
) {
    const SHARED: usize = POINTS - RESULTS;
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = image.rows::<POINTS>(corner, tiles * RESULTS + SHARED);
            for lane in registers_in::<E, S>() {
                let mut columns = [[splat(simd, E::Scalar::ZERO); POINTS]; POINTS];
                for (x, at) in columns[..SHARED].iter_mut().enumerate() {
                    *at = pixels::<E::Scalar, S>(simd, rows.column(simd, x, lane));
                }
                for t in 0..tiles {
                    let first = t * RESULTS + SHARED;
                    for (x, at) in columns[SHARED..].iter_mut().enumerate() {
                        *at = pixels::<E::Scalar, S>(simd, rows.column(simd, first + x, lane));
                    }
                    store_at_points::<S, E, PLANE, POINTS>(
                        &columns,
                        #[inline(always)]
                        |row| pixels::<E::Scalar, S>(simd, row),
                        points,
                        (places.of(t), lane),
                    );
                    // The next tile begins with the last columns of this one.
                    for c in 0..SHARED {
                        columns[c] = columns[c + RESULTS];
                    }
                }
            }
        },
    );
}

/// Takes the gradients by the results of some tiles of a row to the points. The first result of the first of them is
/// at `corner`.
#[inline(never)]
pub fn deltas_to_points<S: Simd, E: Element, const PLANE: usize>(
    simd: S,
    image: Image<'_, E>,
    corner: [isize; 2],
    (points, places): (&mut Planes<E, PLANE>, Places),
    tiles: usize,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = image.rows::<RESULTS>(corner, tiles * RESULTS);
            for lane in registers_in::<E, S>() {
                for t in 0..tiles {
                    let mut columns = [[splat(simd, E::Scalar::ZERO); POINTS]; RESULTS];
                    for (x, at) in columns.iter_mut().enumerate() {
                        let column = rows.column(simd, t * RESULTS + x, lane);
                        *at = deltas::<E::Scalar, S>(simd, column);
                    }
                    store_at_points::<S, E, PLANE, RESULTS>(
                        &columns,
                        #[inline(always)]
                        |row| deltas::<E::Scalar, S>(simd, row),
                        points,
                        (places.of(t), lane),
                    );
                }
            }
        },
    );
}

/// The results of some tiles, from the products at the points.
#[inline(never)]
pub fn results_from_points<S: Simd, E: Element, const PLANE: usize>(
    simd: S,
    (points, places): (&Planes<E, PLANE>, Places),
    tiles: &mut [[[E; RESULTS]; RESULTS]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (t, tile) in tiles.iter_mut().enumerate() {
                for lane in registers_in::<E, S>() {
                    let columns = load_from_points::<S, E, PLANE, RESULTS>(
                        simd,
                        points,
                        (places.of(t), lane),
                        #[inline(always)]
                        |column| results::<E::Scalar, S, RESULTS>(simd, column),
                    );
                    for (y, elements) in tile.iter_mut().enumerate() {
                        let of_row = results::<E::Scalar, S, RESULTS>(simd, row(&columns, y));
                        for (element, &value) in zip(elements, &of_row) {
                            store_at(element.scalars_mut(), lane, value);
                        }
                    }
                }
            }
        },
    );
}

/// Takes the taps of all channels of a kernel to the points, channels in the lanes. `REVERSED` are the taps of the
/// gradient by the input.
#[inline(never)]
pub fn taps_to_points<T, S, const SAMPLES: usize, const PLANE: usize, const REVERSED: bool>(
    simd: S,
    kernel: &[[[T; TAPS]; TAPS]],
    (points, places): (&mut Planes<Lanes<T, SAMPLES>, PLANE>, Places),
) where
    T: Scalar,
    S: Simd,
{
    let width = width::<T, S>();
    simd.vectorize(
        #[inline(always)]
        || {
            let (kernel, _) = kernel.as_flattened().as_flattened().as_chunks::<ALL_TAPS>();
            for (index, channels) in kernel.chunks(width).enumerate() {
                let mut turned = [[T::ZERO; BLOCK]; ALL_TAPS];
                turn_rows(simd, channels, &mut turned, 0);
                let mut columns = [[splat(simd, T::ZERO); POINTS]; TAPS];
                for (kx, at) in columns.iter_mut().enumerate() {
                    let mut column = [splat(simd, T::ZERO); TAPS];
                    for (ky, register) in column.iter_mut().enumerate() {
                        let tap = match REVERSED {
                            true => ALL_TAPS - 1 - (ky * TAPS + kx),
                            false => ky * TAPS + kx,
                        };
                        *register = load_at(simd, &turned[tap], 0);
                    }
                    *at = filters::<T, S>(simd, column);
                }
                let first = index * width;
                store_at_points::<S, _, PLANE, TAPS>(
                    &columns,
                    #[inline(always)]
                    |row| filters::<T, S>(simd, row),
                    points,
                    (places.of(first / SAMPLES), first % SAMPLES),
                );
            }
        },
    );
}

/// Adds to the gradient of a kernel what its sums at the points are for the taps. The channels of the sums are in the
/// lanes, and there may be more of them.
#[inline(never)]
pub fn add_taps_from_points<T: Scalar, S: Simd, const SAMPLES: usize, const PLANE: usize>(
    simd: S,
    (points, places): (&Planes<Lanes<T, SAMPLES>, PLANE>, Places),
    kernel: &mut [[[T; TAPS]; TAPS]],
) {
    let width = width::<T, S>();
    simd.vectorize(
        #[inline(always)]
        || {
            let kernel = kernel.as_flattened_mut().as_flattened_mut();
            for (index, gradients) in kernel.chunks_mut(width * ALL_TAPS).enumerate() {
                let first = index * width;
                let columns = load_from_points::<S, _, PLANE, TAPS>(
                    simd,
                    points,
                    (places.of(first / SAMPLES), first % SAMPLES),
                    #[inline(always)]
                    |column| taps::<T, S>(simd, column),
                );
                let mut sums = [[T::ZERO; BLOCK]; ALL_TAPS];
                for ky in 0..TAPS {
                    let of_row = taps::<T, S>(simd, row(&columns, ky));
                    for (kx, &value) in of_row.iter().enumerate() {
                        store_at(&mut sums[ky * TAPS + kx], 0, value);
                    }
                }
                let mut turned = [[T::ZERO; ALL_TAPS]; BLOCK];
                turn(simd, &sums, &mut turned);
                for (gradient, &sum) in zip(gradients, turned.as_flattened()) {
                    *gradient += sum;
                }
            }
        },
    );
}
