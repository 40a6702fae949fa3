//! A row of tiles at the edge of an image against direct sums, on every level.

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::lanes::BLOCK;
use crate::simd::{Kernel, Level};

const SIZE: [usize; 2] = [7, 6];
/// Of the results; the last tile reaches beyond both.
const OUTPUT: [usize; 2] = [6, 7];
const TILES: usize = 2;
/// The row of tiles, and how far its pixels begin above and left of its results.
const ROW: usize = RESULTS;
const BEFORE: [usize; 2] = [1, 2];
/// The first pixel under the row of tiles.
const CORNER: [isize; 2] = [
    ROW.cast_signed() - BEFORE[0].cast_signed(),
    -BEFORE[1].cast_signed(),
];
/// Enough for all channels of any test.
const PLANE: usize = 96 * TILES + 1;

/// Channels of an image, the taps for each, and the gradient by the results.
struct Case {
    pixels: Vec<[f64; BLOCK]>,
    taps: Vec<[[f64; TAPS]; TAPS]>,
    deltas: Vec<[f64; BLOCK]>,
}

/// Results by tile, row, column and sample; and the gradient by the taps.
struct Outcome {
    results: Vec<f64>,
    gradient: Vec<f64>,
}

impl Case {
    fn new(channels: usize, seed: u32) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from((f64::from(state >> 8) / f64::from(1 << 23) - 1.0) as f32)
        };
        let mut elements = |count: usize| -> Vec<[f64; BLOCK]> {
            let elements = 0..count;
            elements.map(|_| core::array::from_fn(|_| next())).collect()
        };
        let pixels = elements(channels * SIZE[0] * SIZE[1]);
        let deltas = elements(OUTPUT[0] * OUTPUT[1]);
        let taps = elements(channels);
        let filter = |lanes: &[f64; BLOCK]| {
            core::array::from_fn(|ky| core::array::from_fn(|kx| lanes[ky * TAPS + kx]))
        };
        Self {
            pixels,
            taps: taps.iter().map(filter).collect(),
            deltas,
        }
    }

    /// The pixel of a channel and sample under a tap, or zero.
    fn pixel(&self, i: usize, [y, x]: [usize; 2], n: usize) -> f64 {
        let inside = |k: usize, at: usize| at.checked_sub(BEFORE[k]).filter(|&p| p < SIZE[k]);
        match (inside(0, y), inside(1, x)) {
            (Some(y), Some(x)) => self.pixels[(i * SIZE[0] + y) * SIZE[1] + x][n],
            _ => 0.0,
        }
    }

    /// `visit(tile, y, x, n)` for every result.
    fn each_result(visit: &mut dyn FnMut([usize; 2], usize)) {
        for t in 0..TILES {
            for y in 0..RESULTS {
                for x in 0..RESULTS {
                    for n in 0..BLOCK {
                        visit([ROW + y, t * RESULTS + x], n);
                    }
                }
            }
        }
    }

    /// By direct sums.
    fn expected(&self) -> Outcome {
        let channels = self.taps.len();
        let (mut results, mut gradient) = (Vec::new(), vec![0.0; channels * TAPS * TAPS]);
        Self::each_result(&mut |[y, x], n| {
            let is_inside = y < OUTPUT[0] && x < OUTPUT[1];
            let delta = if is_inside {
                self.deltas[y * OUTPUT[1] + x][n]
            } else {
                0.0
            };
            let mut result = 0.0;
            for (i, taps) in self.taps.iter().enumerate() {
                for k in 0..TAPS * TAPS {
                    let (ky, kx) = (k / TAPS, k % TAPS);
                    let pixel = self.pixel(i, [y + ky, x + kx], n);
                    result += taps[ky][kx] * pixel;
                    gradient[i * TAPS * TAPS + k] += delta * pixel;
                }
            }
            results.push(result);
        });
        Outcome { results, gradient }
    }

    /// The largest errors of results and gradients on a level, beside the largest of each.
    fn errors<T: Scalar>(&self, level: Level) -> [f64; 2] {
        let (found, expected) = (level.run(AtPoints::<T>::new(self)), self.expected());
        let error = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            let largest = expected.iter().fold(0.0, |all: f64, x| all.max(x.abs()));
            let pairs = found.iter().zip(expected);
            pairs.fold(0.0, |all: f64, (f, e)| all.max((f - e).abs())) / largest
        };
        [
            error(&found.results, &expected.results),
            error(&found.gradient, &expected.gradient),
        ]
    }
}

/// The same at the points.
struct AtPoints<T> {
    pixels: Vec<Lanes<T>>,
    deltas: Vec<Lanes<T>>,
    taps: Vec<[[T; TAPS]; TAPS]>,
}

impl<T: Scalar> AtPoints<T> {
    fn new(case: &Case) -> Self {
        let lanes = |all: &[[f64; BLOCK]]| -> Vec<Lanes<T>> {
            all.iter()
                .map(|lanes| Lanes(lanes.map(T::from_f64)))
                .collect()
        };
        let filters = case.taps.iter();
        Self {
            pixels: lanes(&case.pixels),
            deltas: lanes(&case.deltas),
            taps: filters
                .map(|taps| taps.map(|row| row.map(T::from_f64)))
                .collect(),
        }
    }
}

fn planes<T: Scalar>() -> Vec<[Lanes<T>; PLANE]> {
    vec![[Lanes::splat(T::ZERO); PLANE]; SQUARE]
}

/// All planes of a vector.
fn all<T>(planes: &mut Vec<[Lanes<T>; PLANE]>) -> &mut Planes<Lanes<T>, PLANE> {
    planes
        .as_mut_slice()
        .try_into()
        .expect("one for each point")
}

impl<T: Scalar> Kernel for AtPoints<T> {
    type Output = Outcome;

    fn run<S: Simd>(self, simd: S) -> Outcome {
        let channels = self.taps.len();
        let neighbours = |first| Places { first, step: 1 };
        let [mut pixels, mut taps, mut products, mut deltas, mut sums] = [(); 5].map(|()| planes());
        for i in 0..channels {
            let image = Image {
                pixels: &self.pixels[i * SIZE[0] * SIZE[1]..][..SIZE[0] * SIZE[1]],
                width: SIZE[1],
            };
            let under = (all(&mut pixels), neighbours(i * TILES));
            pixels_to_points(simd, image, CORNER, under, TILES);
        }
        let image = Image {
            pixels: &self.deltas,
            width: OUTPUT[1],
        };
        deltas_to_points(
            simd,
            image,
            [ROW.cast_signed(), 0],
            (all(&mut deltas), neighbours(0)),
            TILES,
        );
        taps_to_points::<T, S, BLOCK, PLANE, false>(
            simd,
            &self.taps,
            (all(&mut taps), neighbours(0)),
        );
        for p in 0..SQUARE {
            for i in 0..channels {
                let tap = taps[p][i / BLOCK].0[i % BLOCK];
                for t in 0..TILES {
                    for n in 0..BLOCK {
                        let pixel = pixels[p][i * TILES + t].0[n];
                        products[p][t].0[n] += pixel * tap;
                        sums[p][i / BLOCK].0[i % BLOCK] += pixel * deltas[p][t].0[n];
                    }
                }
            }
        }
        let mut tiles = [[[Lanes::splat(T::ZERO); RESULTS]; RESULTS]; TILES];
        results_from_points(simd, (&*all(&mut products), neighbours(0)), &mut tiles);
        let mut results = Vec::new();
        Case::each_result(&mut |[y, x], n| {
            let tile = &tiles[x / RESULTS];
            results.push(tile[y - ROW][x % RESULTS].0[n].to_f64());
        });
        // What is there already stays.
        let mut gradient = vec![[[T::ONE; TAPS]; TAPS]; channels];
        add_taps_from_points(simd, (&*all(&mut sums), neighbours(0)), &mut gradient);
        let gradient = gradient.as_flattened().as_flattened().iter();
        let gradient = gradient.map(|x| x.to_f64() - 1.0).collect();
        Outcome { results, gradient }
    }
}

#[test]
fn a_tile_and_the_gradient_by_its_taps_come_from_36_products_on_every_level() {
    for level in Level::available() {
        for channels in [1, 7, 21] {
            let errors = Case::new(channels, 5).errors::<f64>(level);
            assert!(
                errors.into_iter().all(|e| e < 1e-14),
                "{level:?}, {channels} channels: {errors:?}"
            );
        }
    }
}

#[test]
fn errors_of_single_precision_stay_within_their_bounds_on_every_level() {
    // Of 40 seeds the largest were 1.2e-6, 1.3e-6 and 2.3e-6 of the largest result (plain sums: 1.6e-7, 5.6e-7 and
    // 1.4e-6), and 1.5e-6 of the largest gradient (1.0e-6).
    const OF_GRADIENTS: f64 = 2e-6;
    for level in Level::available() {
        for (channels, of_results) in [(1, 1.6e-6), (16, 1.6e-6), (96, 2.8e-6)] {
            for seed in 0..5 {
                let errors = Case::new(channels, seed).errors::<f32>(level);
                assert!(
                    errors[0] < of_results && errors[1] < OF_GRADIENTS,
                    "{level:?}, {channels} channels: {errors:?}"
                );
            }
        }
    }
}

#[test]
fn reversed_taps_are_those_of_a_filter_turned_by_half_a_turn() {
    struct Reversed<'a>(&'a [[[f64; TAPS]; TAPS]]);

    impl Kernel for Reversed<'_> {
        type Output = [Vec<[Lanes<f64>; PLANE]>; 2];
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let places = Places { first: 3, step: 2 };
            let turned: Vec<_> = self
                .0
                .iter()
                .map(|taps| {
                    let turned = |ky: usize, kx: usize| taps[TAPS - 1 - ky][TAPS - 1 - kx];
                    core::array::from_fn(|ky| core::array::from_fn(|kx| turned(ky, kx)))
                })
                .collect();
            let [mut reversed, mut expected] = [planes(), planes()];
            taps_to_points::<_, S, BLOCK, PLANE, true>(simd, self.0, (all(&mut reversed), places));
            taps_to_points::<_, S, BLOCK, PLANE, false>(
                simd,
                &turned,
                (all(&mut expected), places),
            );
            [reversed, expected]
        }
    }
    let case = Case::new(19, 3);
    for level in Level::available() {
        let [reversed, expected] = level.run(Reversed(&case.taps));
        assert_eq!(reversed, expected, "{level:?}");
        assert_ne!(expected[0][3].0[0], 0.0);
        assert_ne!(expected[0][5].0[2], 0.0);
    }
}
