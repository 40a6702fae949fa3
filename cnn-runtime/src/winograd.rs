//! Winograd's minimal filtering F(4, 3): four results of a filter of three taps from six products, where
//! twelve are made otherwise; and F(2, 5), two results of five taps from six products in place of ten. In both
//! dimensions of an image they are [`square`].
//!
//! With the pixels `d` and the taps `g`, `y[k] = d[k]·g[0] + d[k+1]·g[1] + d[k+2]·g[2]` for `k` in `0..4` is
//! `y = Aᵀ ((G g) ⊙ (Bᵀ d))`. What is to be summed over channels is summed between `⊙` and `Aᵀ`, so that
//! `Aᵀ`, `G` and `Bᵀ` are multiplied with once for many products. The gradient by the taps is the adjoint
//! of the same: `d_g = Gᵀ ((A d_y) ⊙ (Bᵀ d))`.
//!
//! The literature has transforms for what is called a way to the points and back here: of the input ([`pixels`]), of
//! the filter ([`filters`]), and the inverse or output transform ([`results`]).
//!
//! In words of polynomials, the two factors are evaluated at six points, multiplied point by point, and the
//! product is interpolated. The points here are 0, ±¾, ±1½ and ∞. Of those that were tried they give the
//! least errors, about as large as those of the sums that are saved (with sums of 288 products of normal
//! numbers, 9.6e-7 of the largest result where a plain sum has 8.6e-7); the usual 0, ±1, ±2 and ∞ give twice
//! as large ones.
//!
//! Source: S. Winograd, *Arithmetic Complexity of Computations*, 1980; A. Lavin, S. Gray, *Fast Algorithms
//! for Convolutional Neural Networks*, 2016, section 4; on points: B. Barabasz et al., *Error Analysis and
//! Improving the Accuracy of Winograd Convolution for Deep Neural Networks*, 2020.

pub mod square;

use crate::micro::{V, splat, zip};
use crate::simd::{Scalar, Simd, Vector};

/// How many results come from one tile.
pub const RESULTS: usize = 4;

/// How many taps a filter has.
pub const TAPS: usize = 3;

/// How many points there are, and pixels under a tile, of both.
pub const POINTS: usize = RESULTS + TAPS - 1;

/// The points that are not 0 or ∞ are `±NEAR` and `±FAR`.
const NEAR: f64 = 0.75;
const FAR: f64 = 1.5;

/// `G`: a filter `g` has the value `Σ_k G[p][k]·g[k]` at point `p`.
///
/// `G[p][k] = a^k / Π (a − b)` with the point `a`, over all other finite points `b`; at ∞ it is the last tap.
const fn filter_at<const TAPS: usize>() -> [[f64; TAPS]; POINTS] {
    let (near, far) = (NEAR * NEAR, FAR * FAR);
    // The derivative of a·(a² − near)·(a² − far) at the points.
    let at_near = 1.0 / (2.0 * near * (near - far));
    let at_far = 1.0 / (2.0 * far * (far - near));
    let points = [
        (0.0, 1.0 / (near * far)),
        (NEAR, at_near),
        (-NEAR, at_near),
        (FAR, at_far),
        (-FAR, at_far),
    ];
    let mut filter = [[0.0; TAPS]; POINTS];
    let mut p = 0;
    while p < points.len() {
        let (point, mut power) = points[p];
        let mut k = 0;
        while k < TAPS {
            filter[p][k] = power;
            power *= point;
            k += 1;
        }
        p += 1;
    }
    filter[POINTS - 1][TAPS - 1] = 1.0;
    filter
}

/// `G` of so many taps.
struct Filter<const TAPS: usize>;

impl<const TAPS: usize> Filter<TAPS> {
    const AT: [[f64; TAPS]; POINTS] = filter_at();
}

/// `G[p]` of the scalars of a network, for filters of any number of taps.
#[inline(always)]
pub fn filter<T: Scalar, const TAPS: usize>(point: usize) -> [T; TAPS] {
    let mut filter = [T::ZERO; TAPS];
    for (scalar, &value) in zip(&mut filter, &Filter::<TAPS>::AT[point]) {
        *scalar = T::from_f64(value);
    }
    filter
}

/// `G g`: the taps `g` of a filter at each point.
#[inline(always)]
pub fn filters<T: Scalar, S: Simd>(simd: S, g: [V<T, S>; TAPS]) -> [V<T, S>; POINTS] {
    let [zero, near, _, far, _, _] = Filter::<TAPS>::AT;
    let at = |scale: [f64; TAPS]| {
        let even = plus::<T, S>(
            simd,
            scale[2],
            [g[0].mul(constant::<T, S>(simd, scale[0])), g[2]],
        );
        let odd = g[1].mul(constant::<T, S>(simd, scale[1]));
        [even.add(odd), even.sub(odd)]
    };
    let ([p1, p2], [p3, p4]) = (at(near), at(far));
    [
        g[0].mul(constant::<T, S>(simd, zero[0])),
        p1,
        p2,
        p3,
        p4,
        g[2],
    ]
}

/// A register of a constant.
#[inline(always)]
fn constant<T: Scalar, S: Simd>(simd: S, value: f64) -> V<T, S> {
    splat(simd, T::from_f64(value))
}

/// `even ± point · odd`, a polynomial at a point and its opposite.
#[inline(always)]
fn at_opposites<T: Scalar, S: Simd>(
    simd: S,
    point: f64,
    [even, odd]: [V<T, S>; 2],
) -> [V<T, S>; 2] {
    [
        odd.mul_add(constant::<T, S>(simd, point), even),
        odd.mul_add(constant::<T, S>(simd, -point), even),
    ]
}

/// `a[0] + factor · a[1]`.
#[inline(always)]
fn plus<T: Scalar, S: Simd>(simd: S, factor: f64, a: [V<T, S>; 2]) -> V<T, S> {
    a[1].mul_add(constant::<T, S>(simd, factor), a[0])
}

/// `Bᵀ d`: the pixels under a tile at each point.
#[inline(always)]
pub fn pixels<T: Scalar, S: Simd>(simd: S, d: [V<T, S>; POINTS]) -> [V<T, S>; POINTS] {
    let (near, far) = (NEAR * NEAR, FAR * FAR);
    let at_near = [
        plus::<T, S>(simd, -far, [d[4], d[2]]),
        plus::<T, S>(simd, -far, [d[3], d[1]]),
    ];
    let at_far = [
        plus::<T, S>(simd, -near, [d[4], d[2]]),
        plus::<T, S>(simd, -near, [d[3], d[1]]),
    ];
    let [p1, p2] = at_opposites::<T, S>(simd, NEAR, at_near);
    let [p3, p4] = at_opposites::<T, S>(simd, FAR, at_far);
    let ends = [
        plus::<T, S>(simd, -near - far, [d[4], d[2]]),
        plus::<T, S>(simd, -near - far, [d[5], d[3]]),
    ];
    [
        plus::<T, S>(simd, near * far, [ends[0], d[0]]),
        p1,
        p2,
        p3,
        p4,
        plus::<T, S>(simd, near * far, [ends[1], d[1]]),
    ]
}

/// `Aᵀ m`: the results of a tile from the products at each point. There are four of three taps, and two of
/// five.
#[inline(always)]
pub fn results<T: Scalar, S: Simd, const RESULTS: usize>(
    simd: S,
    m: [V<T, S>; POINTS],
) -> [V<T, S>; RESULTS] {
    let even = [m[1].add(m[2]), m[3].add(m[4])];
    let odd = [m[1].sub(m[2]), m[3].sub(m[4])];
    let (mut near, mut far) = (1.0, 1.0);
    let mut results = [m[0].add(even[0].add(even[1])); RESULTS];
    for (k, result) in results.iter_mut().enumerate().skip(1) {
        (near, far) = (near * NEAR, far * FAR);
        let [at_near, at_far] = if k % 2 == 0 { even } else { odd };
        let at_far = match k == RESULTS - 1 {
            true => plus::<T, S>(simd, far, [m[POINTS - 1], at_far]),
            false => at_far.mul(constant::<T, S>(simd, far)),
        };
        *result = plus::<T, S>(simd, near, [at_far, at_near]);
    }
    results
}

/// `A d_y`: the gradients of a tile's results at each point.
#[inline(always)]
pub fn deltas<T: Scalar, S: Simd>(simd: S, d_y: [V<T, S>; RESULTS]) -> [V<T, S>; POINTS] {
    let (near, far) = (NEAR * NEAR, FAR * FAR);
    let at_near = [
        plus::<T, S>(simd, near, [d_y[0], d_y[2]]),
        plus::<T, S>(simd, near, [d_y[1], d_y[3]]),
    ];
    let at_far = [
        plus::<T, S>(simd, far, [d_y[0], d_y[2]]),
        plus::<T, S>(simd, far, [d_y[1], d_y[3]]),
    ];
    let [p1, p2] = at_opposites::<T, S>(simd, NEAR, at_near);
    let [p3, p4] = at_opposites::<T, S>(simd, FAR, at_far);
    [d_y[0], p1, p2, p3, p4, d_y[3]]
}

/// `Gᵀ s`: the gradients of a filter's taps from the sums `(A d_y) ⊙ (Bᵀ d)` at each point.
#[inline(always)]
pub fn taps<T: Scalar, S: Simd>(simd: S, s: [V<T, S>; POINTS]) -> [V<T, S>; TAPS] {
    let [zero, near, _, far, _, infinite] = Filter::<TAPS>::AT;
    let (near_sum, near_difference) = (s[1].add(s[2]), s[1].sub(s[2]));
    let (far_sum, far_difference) = (s[3].add(s[4]), s[3].sub(s[4]));
    let ends = [
        s[0].mul(constant::<T, S>(simd, zero[0])),
        far_difference.mul(constant::<T, S>(simd, far[1])),
        s[5].mul(constant::<T, S>(simd, infinite[2])),
    ];
    let with_near = [
        plus::<T, S>(simd, near[0], [ends[0], near_sum]),
        plus::<T, S>(simd, near[1], [ends[1], near_difference]),
        plus::<T, S>(simd, near[2], [ends[2], near_sum]),
    ];
    [
        plus::<T, S>(simd, far[0], [with_near[0], far_sum]),
        with_near[1],
        plus::<T, S>(simd, far[2], [with_near[2], far_sum]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::micro::{store_at, width};
    use crate::simd::{Kernel, Level};
    use alloc::vec::Vec;

    /// Sums over channels, in the first lane: results of pixels and taps, and the gradient by the taps.
    struct Sums<'a, T>(&'a [[T; POINTS]], &'a [[T; TAPS]], [T; RESULTS]);

    impl<T: Scalar> Kernel for Sums<'_, T> {
        type Output = ([T; RESULTS], Vec<[T; TAPS]>);
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let Self(channels, filters, d_y) = self;
            let first = |lanes: V<T, S>| {
                let mut scalars = [T::ZERO; crate::lanes::BLOCK];
                store_at::<T, S>(&mut scalars, 0, lanes);
                assert!(scalars[..width::<T, S>()].iter().all(|x| *x == scalars[0]));
                scalars[0]
            };
            let mut products = [splat(simd, T::ZERO); POINTS];
            let mut gradients = Vec::new();
            let deltas = deltas::<T, S>(simd, d_y.map(|d| splat(simd, d)));
            for (d, g) in channels.iter().zip(filters) {
                let under = pixels::<T, S>(simd, d.map(|d| splat(simd, d)));
                let mut at_points = [splat(simd, T::ZERO); POINTS];
                for point in 0..POINTS {
                    let at = filter::<T, TAPS>(point);
                    let factor = at[0] * g[0] + at[1] * g[1] + at[2] * g[2];
                    products[point] = under[point].mul_add(splat(simd, factor), products[point]);
                    at_points[point] = under[point].mul(deltas[point]);
                }
                gradients.push(taps::<T, S>(simd, at_points).map(first));
            }
            (
                results::<T, S, RESULTS>(simd, products).map(first),
                gradients,
            )
        }
    }

    /// Numbers between −1 and 1 that look random.
    fn noise<const N: usize>(count: usize, seed: u32) -> Vec<[f64; N]> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 23) - 1.0
        };
        let mut array = || core::array::from_fn(|_| f64::from(next() as f32));
        (0..count).map(|_| array()).collect()
    }

    /// The largest error beside the largest result, of results and of gradients, in some sums.
    fn errors<T: Scalar>(level: Level, channels: usize) -> [f64; 2] {
        let (mut error, mut largest) = ([0.0; 2], [0.0; 2]);
        let mut compare = |kind: usize, found: T, expected: f64| {
            error[kind] = f64::max(error[kind], (found.to_f64() - expected).abs());
            largest[kind] = f64::max(largest[kind], expected.abs());
        };
        for seed in 0..50 {
            let (d, g) = (
                noise::<POINTS>(channels, seed),
                noise::<TAPS>(channels, seed + 99),
            );
            let d_y = noise::<RESULTS>(1, seed + 999)[0];
            let [scalars, taps] = [d.len(), g.len()].map(|len| 0..len);
            let scalars: Vec<_> = scalars.map(|i| d[i].map(T::from_f64)).collect();
            let taps: Vec<_> = taps.map(|i| g[i].map(T::from_f64)).collect();
            let sums = Sums(&scalars, &taps, d_y.map(T::from_f64));
            let (found, gradients) = level.run(sums);
            for (k, found) in found.into_iter().enumerate() {
                let products = |(d, g): (&[f64; POINTS], &[f64; TAPS])| -> f64 {
                    (0..TAPS).map(|t| d[k + t] * g[t]).sum()
                };
                compare(0, found, d.iter().zip(&g).map(products).sum());
            }
            for (d, gradient) in d.iter().zip(gradients) {
                for (t, found) in gradient.into_iter().enumerate() {
                    compare(1, found, (0..RESULTS).map(|k| d_y[k] * d[k + t]).sum());
                }
            }
        }
        [0, 1].map(|kind| error[kind] / largest[kind])
    }

    #[test]
    fn four_results_and_three_gradients_come_from_six_products_on_every_level() {
        for level in Level::available() {
            for channels in [1, 7] {
                let errors = errors::<f64>(level, channels);
                assert!(
                    errors.into_iter().all(|e| e < 3e-15),
                    "{level:?}: {errors:?}"
                );
            }
        }
    }

    /// The sums over channels of pixels and five taps, in the first lane: two results.
    struct TwoResults<'a, T>(&'a [[T; POINTS]], &'a [[T; 5]]);

    impl<T: Scalar> Kernel for TwoResults<'_, T> {
        type Output = [T; 2];
        fn run<S: Simd>(self, simd: S) -> [T; 2] {
            let mut products = [splat(simd, T::ZERO); POINTS];
            for (d, g) in self.0.iter().zip(self.1) {
                let under = pixels::<T, S>(simd, d.map(|d| splat(simd, d)));
                for point in 0..POINTS {
                    let at = filter::<T, 5>(point);
                    let factor = at.iter().zip(g).fold(T::ZERO, |sum, (&a, &g)| sum + a * g);
                    products[point] = under[point].mul_add(splat(simd, factor), products[point]);
                }
            }
            results::<T, S, 2>(simd, products).map(|lanes| {
                let mut scalars = [T::ZERO; crate::lanes::BLOCK];
                store_at::<T, S>(&mut scalars, 0, lanes);
                scalars[0]
            })
        }
    }

    /// The largest error of five taps beside the largest result.
    fn error_of_five<T: Scalar>(level: Level, channels: usize) -> f64 {
        let (mut error, mut largest) = (0.0, 0.0);
        for seed in 0..50 {
            let (d, g) = (
                noise::<POINTS>(channels, seed),
                noise::<5>(channels, seed + 99),
            );
            let scalars: Vec<_> = d.iter().map(|d| d.map(T::from_f64)).collect();
            let taps: Vec<_> = g.iter().map(|g| g.map(T::from_f64)).collect();
            let found = level.run(TwoResults(&scalars, &taps));
            for (k, found) in found.into_iter().enumerate() {
                let products = |(d, g): (&[f64; POINTS], &[f64; 5])| -> f64 {
                    (0..5).map(|t| d[k + t] * g[t]).sum()
                };
                let expected: f64 = d.iter().zip(&g).map(products).sum();
                error = f64::max(error, (found.to_f64() - expected).abs());
                largest = f64::max(largest, expected.abs());
            }
        }
        error / largest
    }

    #[test]
    fn two_results_of_five_taps_come_from_six_products_on_every_level() {
        for level in Level::available() {
            for channels in [1, 7] {
                let error = error_of_five::<f64>(level, channels);
                assert!(error < 3e-15, "{level:?}: {error:e}");
            }
            for (channels, bound) in [(1, 4e-7), (16, 6e-7), (96, 1.2e-6)] {
                let error = error_of_five::<f32>(level, channels);
                assert!(error < bound, "{level:?}: {error:e}");
            }
        }
    }

    #[test]
    fn errors_are_about_those_of_plain_sums_on_every_level() {
        for level in Level::available() {
            // Plain sums: 1.2e-7, 3.0e-7 and 9e-7 of the largest result.
            for (channels, bound) in [(1, 4e-7), (16, 6e-7), (96, 1.2e-6)] {
                let errors = errors::<f32>(level, channels);
                assert!(
                    errors.into_iter().all(|e| e < bound),
                    "{level:?}: {errors:?}"
                );
            }
        }
    }
}
