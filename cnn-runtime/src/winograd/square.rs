//! F(4×4, 3×3): both dimensions of an image at once, samples in the lanes.
//!
//! Every way to the 6 × 6 points and back is that of one dimension, taken along the columns and then along the
//! rows. The functions are compiled once for each level and size of a plane, whatever else differs between layers.

#[cfg(test)]
mod tests;

use super::{POINTS, RESULTS, TAPS, V, deltas, filters, pixels, results, taps};
use crate::lanes::{BLOCK, Lanes};
use crate::micro::{load, load_at, parts, splat, store, store_at, turn, turn_rows, width, zip};
use crate::simd::{Scalar, Simd};

/// The taps of a filter.
const ALL_TAPS: usize = TAPS * TAPS;

/// How many points there are.
pub const SQUARE: usize = POINTS * POINTS;

/// What stands at each point, row by row: a plane of elements for each.
pub type Planes<T, const SAMPLES: usize, const PLANE: usize> = [[Lanes<T, SAMPLES>; PLANE]; SQUARE];

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
fn store_at_points<T, S, const SAMPLES: usize, const PLANE: usize, const COLUMNS: usize>(
    columns: &[[V<T, S>; POINTS]; COLUMNS],
    along_rows: impl Fn([V<T, S>; COLUMNS]) -> [V<T, S>; POINTS],
    points: &mut Planes<T, SAMPLES, PLANE>,
    (place, lane): (usize, usize),
) where
    T: Scalar,
    S: Simd,
{
    for r in 0..POINTS {
        let at = along_rows(row(columns, r));
        for (c, &value) in at.iter().enumerate() {
            store_at(&mut points[r * POINTS + c][place].0, lane, value);
        }
    }
}

/// What stands at a place at all points, of which each column is taken along.
#[inline(always)]
fn load_from_points<T, S, const SAMPLES: usize, const PLANE: usize, const ROWS: usize>(
    simd: S,
    points: &Planes<T, SAMPLES, PLANE>,
    (place, lane): (usize, usize),
    along_columns: impl Fn([V<T, S>; POINTS]) -> [V<T, S>; ROWS],
) -> [[V<T, S>; ROWS]; POINTS]
where
    T: Scalar,
    S: Simd,
{
    let mut columns = [[splat(simd, T::ZERO); ROWS]; POINTS];
    for (c, column) in columns.iter_mut().enumerate() {
        let mut at = [splat(simd, T::ZERO); POINTS];
        for (r, register) in at.iter_mut().enumerate() {
            *register = load_at(simd, &points[r * POINTS + c][place].0, lane);
        }
        *column = along_columns(at);
    }
    columns
}

/// One channel of an image, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a, T, const SAMPLES: usize> {
    /// All pixels.
    pub pixels: &'a [Lanes<T, SAMPLES>],
    /// How many of them are a row.
    pub width: usize,
    /// Zeros for what lies above and below, as many as there are pixels in a row of tiles, or more.
    pub beside: &'a [Lanes<T, SAMPLES>],
}

/// Some rows of an image, from column `first` on.
struct Rows<'a, T, const SAMPLES: usize, const ROWS: usize> {
    rows: [&'a [Lanes<T, SAMPLES>]; ROWS],
    first: usize,
}

impl<'a, T: Scalar, const SAMPLES: usize> Channel<'a, T, SAMPLES> {
    /// The rows under some tiles, `columns` wide. Row and column of the first pixel wrap around where they are before
    /// the image, beside which is zero.
    #[inline(always)]
    fn rows<const ROWS: usize>(
        self,
        [y, x]: [usize; 2],
        columns: usize,
    ) -> Rows<'a, T, SAMPLES, ROWS> {
        let end = usize::min(x.wrapping_add(columns), self.width);
        let is_before = x > usize::MAX / 2;
        let first = usize::min(if is_before { 0 } else { x }, end);
        let mut rows = [&self.beside[..end - first]; ROWS];
        for (r, row) in rows.iter_mut().enumerate() {
            let start = y.wrapping_add(r).wrapping_mul(self.width);
            let inside = self
                .pixels
                .get(start..)
                .and_then(|rows| rows.get(first..end));
            if let Some(inside) = inside {
                *row = inside;
            }
        }
        Rows { rows, first }
    }
}

impl<T: Scalar, const SAMPLES: usize, const ROWS: usize> Rows<'_, T, SAMPLES, ROWS> {
    /// A column of pixels, or of gradients.
    #[inline(always)]
    fn column<S: Simd>(&self, simd: S, x: usize, part: usize) -> [V<T, S>; ROWS] {
        let mut column = [splat(simd, T::ZERO); ROWS];
        let x = x.wrapping_sub(self.first);
        if x < self.rows[0].len() {
            for (register, row) in zip(&mut column, &self.rows) {
                *register = load(simd, &row[x], part);
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

/// Takes the pixels under some tiles of a row to the points. `[y, x]` is the first pixel under the first of them,
/// which wraps around where it is before the image.
#[inline(never)]
pub fn pixels_to_points<T: Scalar, S: Simd, const SAMPLES: usize, const PLANE: usize>(
    simd: S,
    image: Channel<'_, T, SAMPLES>,
    [y, x]: [usize; 2],
    (points, places): (&mut Planes<T, SAMPLES, PLANE>, Places),
    tiles: usize,
) {
    const SHARED: usize = POINTS - RESULTS;
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = image.rows::<POINTS>([y, x], tiles * RESULTS + SHARED);
            for part in 0..parts::<T, S>() {
                let mut columns = [[splat(simd, T::ZERO); POINTS]; POINTS];
                for (c, at) in columns[..SHARED].iter_mut().enumerate() {
                    let column = rows.column(simd, x.wrapping_add(c), part);
                    *at = pixels::<T, S>(simd, column);
                }
                for t in 0..tiles {
                    let x = x.wrapping_add(t * RESULTS + SHARED);
                    for (c, at) in columns[SHARED..].iter_mut().enumerate() {
                        let column = rows.column(simd, x.wrapping_add(c), part);
                        *at = pixels::<T, S>(simd, column);
                    }
                    store_at_points::<T, S, SAMPLES, PLANE, POINTS>(
                        &columns,
                        #[inline(always)]
                        |row| pixels::<T, S>(simd, row),
                        points,
                        (places.of(t), part * width::<T, S>()),
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

/// Takes the gradients by the results of some tiles of a row to the points. `[y, x]` is the first result of the first
/// of them.
#[inline(never)]
pub fn deltas_to_points<T: Scalar, S: Simd, const SAMPLES: usize, const PLANE: usize>(
    simd: S,
    image: Channel<'_, T, SAMPLES>,
    [y, x]: [usize; 2],
    (points, places): (&mut Planes<T, SAMPLES, PLANE>, Places),
    tiles: usize,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = image.rows::<RESULTS>([y, x], tiles * RESULTS);
            for part in 0..parts::<T, S>() {
                for t in 0..tiles {
                    let mut columns = [[splat(simd, T::ZERO); POINTS]; RESULTS];
                    for (c, at) in columns.iter_mut().enumerate() {
                        let column = rows.column(simd, x + t * RESULTS + c, part);
                        *at = deltas::<T, S>(simd, column);
                    }
                    store_at_points::<T, S, SAMPLES, PLANE, RESULTS>(
                        &columns,
                        #[inline(always)]
                        |row| deltas::<T, S>(simd, row),
                        points,
                        (places.of(t), part * width::<T, S>()),
                    );
                }
            }
        },
    );
}

/// The results of some tiles, from the products at the points.
#[inline(never)]
pub fn results_from_points<T: Scalar, S: Simd, const SAMPLES: usize, const PLANE: usize>(
    simd: S,
    (points, places): (&Planes<T, SAMPLES, PLANE>, Places),
    tiles: &mut [[[Lanes<T, SAMPLES>; RESULTS]; RESULTS]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (t, tile) in tiles.iter_mut().enumerate() {
                for part in 0..parts::<T, S>() {
                    let columns = load_from_points::<T, S, SAMPLES, PLANE, RESULTS>(
                        simd,
                        points,
                        (places.of(t), part * width::<T, S>()),
                        #[inline(always)]
                        |column| results::<T, S, RESULTS>(simd, column),
                    );
                    for (y, elements) in tile.iter_mut().enumerate() {
                        let of_row = results::<T, S, RESULTS>(simd, row(&columns, y));
                        for (element, &value) in zip(elements, &of_row) {
                            store(element, part, value);
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
    (points, places): (&mut Planes<T, SAMPLES, PLANE>, Places),
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
                store_at_points::<T, S, SAMPLES, PLANE, TAPS>(
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
    (points, places): (&Planes<T, SAMPLES, PLANE>, Places),
    kernel: &mut [[[T; TAPS]; TAPS]],
) {
    let width = width::<T, S>();
    simd.vectorize(
        #[inline(always)]
        || {
            let kernel = kernel.as_flattened_mut().as_flattened_mut();
            for (index, gradients) in kernel.chunks_mut(width * ALL_TAPS).enumerate() {
                let first = index * width;
                let columns = load_from_points::<T, S, SAMPLES, PLANE, TAPS>(
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
