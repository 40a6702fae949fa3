//! The operations on registers, on every level.

use super::*;
use crate::simd::{Kernel, Level};

/// Elements sample by sample.
struct Rows<'a>(&'a [Lanes<f32>], &'a mut [[f32; 70]; BLOCK]);

impl Kernel for Rows<'_> {
    type Output = usize;
    fn run<S: Simd>(self, simd: S) -> usize {
        simd.vectorize(
            #[inline(always)]
            || turn_to_rows(simd, self.0, self.1),
        );
        self.0.len() - self.0.len() % width::<f32, S>()
    }
}

#[test]
fn elements_are_turned_to_rows_of_whole_registers_on_every_level() {
    for level in Level::available() {
        for len in [0, 3, 4, 8, 15, 16, 37, 70] {
            let lane = |i, n| (100 * i + n) as f32;
            let elements: alloc::vec::Vec<_> = (0..len)
                .map(|i| Lanes(core::array::from_fn(|n| lane(i, n))))
                .collect();
            let mut rows = [[-1.0; 70]; BLOCK];
            let turned = level.run(Rows(&elements, &mut rows));
            for (n, row) in rows.iter().enumerate() {
                for (i, &value) in row.iter().enumerate() {
                    let expected = if i < turned { lane(i, n) } else { -1.0 };
                    assert_eq!(value, expected, "{level:?}: [{n}][{i}] of {len}");
                }
            }
        }
    }
}

/// As many of the elements as are fewer than a register has lanes.
struct Rest<'a>(&'a [Lanes<f32>], &'a mut [[f32; 24]; BLOCK]);

impl Kernel for Rest<'_> {
    type Output = [usize; 2];
    fn run<S: Simd>(self, simd: S) -> [usize; 2] {
        let rest = self.0.len() % width::<f32, S>();
        simd.vectorize(
            #[inline(always)]
            || turn_rest_to_rows(simd, &self.0[..rest], self.1),
        );
        [width::<f32, S>(), rest]
    }
}

#[test]
fn a_rest_of_elements_is_turned_to_the_end_of_a_register_on_every_level() {
    let lane = |i, n| (100 * i + n + 1) as f32;
    for level in Level::available() {
        for len in 0..BLOCK {
            let element = |i| Lanes(core::array::from_fn(|n| lane(i, n)));
            let elements: alloc::vec::Vec<_> = (0..len).map(element).collect();
            let mut rows = [[-1.0; 24]; BLOCK];
            let [width, rest] = level.run(Rest(&elements, &mut rows));
            for (n, row) in rows.iter().enumerate() {
                let zeros = core::iter::repeat_n(0.0, width - rest);
                let expected = zeros.chain((0..rest).map(|i| lane(i, n)));
                assert!(
                    row[..width].iter().copied().eq(expected),
                    "{level:?}: {row:?}"
                );
                assert!(
                    row[width..].iter().all(|&value| value == -1.0),
                    "{level:?}: {row:?}"
                );
            }
        }
    }
}

/// The larger of two numbers and its place.
struct LargerOf([f32; 2]);

impl Kernel for LargerOf {
    type Output = [f32; 2];
    fn run<S: Simd>(self, simd: S) -> [f32; 2] {
        let one = |number: f32, place: f32| [splat(simd, number), splat(simd, place)];
        let [first, second] = self.0;
        let mut lanes = [[0.0; BLOCK]; 2];
        for (lanes, register) in lanes
            .iter_mut()
            .zip(larger_of::<f32, S>(one(first, 0.0), one(second, 1.0)))
        {
            store_at::<f32, S>(lanes, 0, register);
        }
        lanes.map(|lanes| lanes[0])
    }
}

#[test]
fn the_larger_of_two_lanes_keeps_its_place_on_every_level() {
    let nan = f32::NAN;
    for level in Level::available() {
        let cases = [
            ([1.0, 2.0], [2.0, 1.0]),
            ([2.0, 1.0], [2.0, 0.0]),
            ([3.0, 3.0], [3.0, 0.0]),
            ([f32::NEG_INFINITY; 2], [f32::NEG_INFINITY, 0.0]),
        ];
        for (numbers, expected) in cases {
            assert_eq!(
                level.run(LargerOf(numbers)),
                expected,
                "{level:?}: {numbers:?}"
            );
        }
        for (numbers, place) in [([nan, 1.0], 0.0), ([1.0, nan], 1.0), ([nan, nan], 0.0)] {
            let [largest, its_place] = level.run(LargerOf(numbers));
            assert!(largest.is_nan(), "{level:?}: {numbers:?}");
            assert_eq!(its_place, place, "{level:?}: {numbers:?}");
        }
    }
}

/// Numbers whose sums are exact, for `ROWS · COLUMNS` registers of any level.
fn numbers<const ROWS: usize, const COLUMNS: usize>() -> alloc::vec::Vec<f32> {
    let numbers = 0..BLOCK * ROWS * COLUMNS;
    numbers.map(|i| (i * i % 97) as f32).collect()
}

/// The sums of the lanes of a tile of registers that hold the first of the numbers, and the registers' width.
struct SumsOfLanes<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Kernel for SumsOfLanes<ROWS, COLUMNS> {
    type Output = (usize, [[f32; COLUMNS]; ROWS]);
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let (width, numbers) = (width::<f32, S>(), numbers::<ROWS, COLUMNS>());
        let mut registers = [[splat::<f32, S>(simd, 0.0); COLUMNS]; ROWS];
        for (n, lanes) in (0..ROWS * COLUMNS).zip(numbers.chunks_exact(width)) {
            registers[n / COLUMNS][n % COLUMNS] = load_at::<f32, S>(simd, lanes, 0);
        }
        let mut sums = [[-1.0; COLUMNS]; ROWS];
        sums_of_lanes::<f32, S, ROWS, COLUMNS>(simd, &registers, &mut sums);
        (width, sums)
    }
}

fn check_sums_of_lanes<const ROWS: usize, const COLUMNS: usize>() {
    for level in Level::available() {
        let (width, sums) = level.run(SumsOfLanes::<ROWS, COLUMNS>);
        let numbers = numbers::<ROWS, COLUMNS>();
        let expected = numbers.chunks_exact(width).take(ROWS * COLUMNS);
        let expected = expected.map(|lanes| lanes.iter().sum());
        let expected = expected.collect::<alloc::vec::Vec<f32>>();
        assert_eq!(sums.as_flattened(), expected, "{level:?}");
    }
}

#[test]
fn the_lanes_of_a_tile_are_added_on_every_level() {
    check_sums_of_lanes::<1, 1>();
    check_sums_of_lanes::<1, 4>();
    check_sums_of_lanes::<3, 1>();
    check_sums_of_lanes::<3, 3>();
    check_sums_of_lanes::<2, 8>();
    check_sums_of_lanes::<1, 17>();
    check_sums_of_lanes::<5, 5>();
    check_sums_of_lanes::<8, 4>();
    check_sums_of_lanes::<3, 13>();
    check_sums_of_lanes::<24, 3>();
    check_sums_of_lanes::<8, 16>();
}

/// Sums, largest element and copy of a slice, by registers.
struct ByRegisters<'a>(&'a [f32], &'a mut [f32]);

impl Kernel for ByRegisters<'_> {
    type Output = [f32; 3];
    fn run<S: Simd>(self, simd: S) -> [f32; 3] {
        let Self(scalars, copy) = self;
        simd.vectorize(
            #[inline(always)]
            || {
                let elements: alloc::vec::Vec<_> =
                    scalars.iter().map(|&x| <Lanes<f32>>::splat(x)).collect();
                let mut largest = splat(simd, f32::NEG_INFINITY);
                let width = width::<f32, S>();
                for (from, to) in scalars.chunks(width).zip(copy.chunks_mut(width)) {
                    let x = load_first(simd, from, f32::NEG_INFINITY);
                    largest = largest.select_greater(x, largest, x);
                    store_first::<f32, S>(to, x);
                }
                let one_lane = sum_parts(simd, &elements, parts::<f32, S>() - 1, |x| x.add(x));
                [
                    sum_scalars(simd, scalars, 0.0, |x| x.add(x)),
                    one_lane.sum() / width as f32,
                    largest_lane::<f32, S>(largest),
                ]
            },
        )
    }
}

#[test]
fn registers_reach_every_element_of_every_length_on_every_level() {
    for level in Level::available() {
        for len in 1..70 {
            let scalars: alloc::vec::Vec<f32> = (0..len).map(|i| -1.0 - i as f32).collect();
            let mut copy = alloc::vec![0.0; len];
            let [sum, in_lanes, largest] = level.run(ByRegisters(&scalars, &mut copy));
            let expected = 2.0 * scalars.iter().sum::<f32>();
            assert_eq!((sum, in_lanes), (expected, expected), "{len} on {level:?}");
            assert_eq!(largest, -1.0, "{len} on {level:?}");
            assert_eq!(copy, scalars, "{len} on {level:?}");
        }
    }
}

/// Sums of elements and of their squares in each lane, and the former of the first three lanes.
struct ByLane<'a, T>(&'a [Lanes<T>]);

impl<T: Scalar> Kernel for ByLane<'_, T> {
    type Output = ([Lanes<T>; 2], T);
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        simd.vectorize(
            #[inline(always)]
            || {
                let sums =
                    sums_by_lane::<T, S, _>(simd, self.0.len(), |at, part, [sum, squares]| {
                        let x = load(simd, &self.0[at], part);
                        [sum.add(x), x.mul_add(x, squares)]
                    });
                let lane = |n| if n < 3 { T::ONE } else { T::ZERO };
                let present = Lanes(core::array::from_fn(lane));
                // Whatever the others hold is no part of the sum.
                let mut first = sums[0];
                first.0[3..].fill(T::from_f64(f64::NAN));
                (sums, sum_of_present(simd, &first, &present))
            },
        )
    }
}

fn check_sums_by_lane<T: Scalar>() {
    for level in Level::available() {
        for len in (0..20).chain([511, 512, 513, 1030]) {
            // Small whole numbers, whose sums are exact in any order.
            let value = |i: usize, n: usize| ((3 * i + n) % 7) as f64;
            let sum_of =
                |n: usize, power: i32| -> f64 { (0..len).map(|i| value(i, n).powi(power)).sum() };
            let element = |i: usize| Lanes(core::array::from_fn(|n| T::from_f64(value(i, n))));
            let elements: alloc::vec::Vec<Lanes<T>> = (0..len).map(element).collect();
            let sums =
                [1, 2].map(|power| Lanes(core::array::from_fn(|n| T::from_f64(sum_of(n, power)))));
            let of_three = T::from_f64((0..3).map(|n| sum_of(n, 1)).sum());
            let found = level.run(ByLane(&elements));
            assert_eq!(found, (sums, of_three), "{len} on {level:?}");
        }
    }
}

#[test]
fn sums_by_lane_have_every_element_of_every_length_on_every_level() {
    check_sums_by_lane::<f32>();
    check_sums_by_lane::<f64>();
}

/// A matrix and where it is turned.
struct Turn<'a, const R: usize, const FROM: usize, const C: usize, const TO: usize>(
    &'a [[f32; FROM]; R],
    &'a mut [[f32; TO]; C],
);

impl<const R: usize, const FROM: usize, const C: usize, const TO: usize> Kernel
    for Turn<'_, R, FROM, C, TO>
{
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        simd.vectorize(
            #[inline(always)]
            || turn(simd, self.0, self.1),
        );
    }
}

fn check_turn<const R: usize, const FROM: usize, const C: usize, const TO: usize>() {
    let from = core::array::from_fn(|r| core::array::from_fn(|c| (100 * r + c) as f32));
    for level in Level::available() {
        let mut to = [[-1.0; TO]; C];
        level.run(Turn::<R, FROM, C, TO>(&from, &mut to));
        for (c, row) in to.iter().enumerate() {
            let expected: [f32; R] = core::array::from_fn(|r| from[r][c]);
            assert_eq!(row[..R], expected, "{level:?}: column {c} of {R}x{FROM}");
        }
    }
}

#[test]
fn matrices_of_any_size_are_turned_on_every_level() {
    check_turn::<1, 1, 1, 1>();
    check_turn::<1, 48, 33, 1>();
    check_turn::<33, 1, 1, 48>();
    check_turn::<3, 5, 5, 3>();
    check_turn::<6, 20, 20, 16>();
    check_turn::<20, 16, 6, 20>();
    check_turn::<16, 33, 33, 16>();
    check_turn::<33, 32, 17, 33>();
    check_turn::<17, 40, 40, 32>();
    check_turn::<70, 48, 35, 70>();
}

struct Doubled<'a>(&'a mut [f32; 37]);

impl Kernel for Doubled<'_> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        simd.vectorize(
            #[inline(always)]
            || map_row(simd, self.0, |x| x.add(x)),
        );
    }
}

#[test]
fn a_row_whose_registers_overlap_is_mapped_once_on_every_level() {
    for level in Level::available() {
        let mut row = core::array::from_fn(|i| i as f32);
        level.run(Doubled(&mut row));
        assert_eq!(row, core::array::from_fn(|i| (2 * i) as f32), "{level:?}");
    }
}
