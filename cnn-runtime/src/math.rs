//! Exponential functions on vectors of `f32`, with their errors.
//!
//! The `f64` versions call `libm` lane by lane (see [`crate::simd::Scalar`]): there accuracy counts
//! and speed does not.

use crate::simd::{Simd, SinglePrecision, Vector};

/// 1.5 · 2^23: between 2^23 and 2^24 an `f32` has no fraction, so a number of less than 2^22 that this
/// is added to and taken from again is rounded to the nearest integer. SSE2 has no instruction for that.
const ROUNDING: f32 = 12_582_912.0;

/// The exponential function.
///
/// `e^x = 2^n · e^r` with `n = round(x / ln 2)`, `|r| ≤ ln 2 / 2`, and `e^r` by a polynomial of
/// degree 6 (Cephes, `expf.c`, S. Moshier 1984). Relative error at most 2e-7 between −86.98 and
/// 88.72; above, where the result exceeds `f32::MAX`, it is +∞; below, where the result is less than
/// 1.7e-38, it may be 0. `exp(−∞) = 0`, `exp(∞) = ∞`, NaN stays NaN.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    // Beyond these limits the result is 0 or infinite anyway, and within them n − 1 is −127..=127.
    // `min` and `max` give their argument when a lane is NaN, so the lane itself is the argument.
    let x = constant(88.9).min(constant(-87.6).max(x));
    let n = x.mul_add(constant(core::f32::consts::LOG2_E), constant(ROUNDING));
    let n = n.sub(constant(ROUNDING));
    // ln 2 in two parts, the first exact in 9 bits, so that `n · part` is exact.
    let r = n.mul_add(constant(-0.693_359_4), x);
    let r = n.mul_add(constant(2.121_944_4e-4), r);
    let mut p = constant(1.987_569_1e-4);
    for coefficient in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p.mul_add(r, constant(coefficient));
    }
    let e_r = p.mul_add(r.mul(r), r.add(constant(1.0)));
    // 2^128 is no `f32`, so the product is (2 · e^r) · 2^(n−1). Where n is −126, 2^(n−1) is
    // flushed to 0, which is what takes e^−∞ to 0.
    let half = n.sub(constant(1.0)).power_of_two(simd);
    e_r.add(e_r).mul(half)
}

/// The hyperbolic tangent.
///
/// For `|x| < 0.625` an odd polynomial (Cephes, `tanhf.c`), beyond `1 − 2 / (e^(2x) + 1)`.
/// Relative error at most 3e-7; `tanh(±∞) = ±1`, NaN stays NaN.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    let square = x.mul(x);
    let mut p = constant(-5.704_988_7e-3);
    for coefficient in [2.063_909e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1] {
        p = p.mul_add(square, constant(coefficient));
    }
    let small = p.mul(square).mul_add(x, x);
    let e_2x = exp(simd, x.add(x));
    let large = constant(1.0).sub(constant(2.0).div(e_2x.add(constant(1.0))));
    constant(0.625 * 0.625).select_greater(square, small, large)
}

/// The logistic function `1 / (1 + e^−x)`.
///
/// Relative error at most 2.5e-7 above −88.37; below, where the result is less than 4.2e-39, it may be
/// 0. `sigmoid(−∞) = 0`, `sigmoid(∞) = 1`, NaN stays NaN.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let one = S::F32::splat(simd, 1.0);
    let negated = S::F32::splat(simd, 0.0).sub(x);
    one.div(one.add(exp(simd, negated)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};
    use alloc::vec::Vec;

    /// The largest relative error that the documentation admits, per function.
    const EXP: f64 = 2e-7;
    const TANH: f64 = 3e-7;
    const SIGMOID: f64 = 2.5e-7;

    /// A function of this module, to be applied to a slice on any level.
    #[derive(Clone, Copy, Debug)]
    enum Function {
        Exp,
        Tanh,
        Sigmoid,
    }

    struct Apply<'a>(Function, &'a mut [f32]);

    impl Kernel for Apply<'_> {
        type Output = ();
        fn run<S: Simd>(self, simd: S) {
            simd.vectorize(
                #[inline(always)]
                || {
                    // The slices of the tests are whole registers on every level.
                    for lanes in self.1.chunks_exact_mut(S::F32::LANES) {
                        let x = S::F32::load(simd, lanes);
                        let y = match self.0 {
                            Function::Exp => exp(simd, x),
                            Function::Tanh => tanh(simd, x),
                            Function::Sigmoid => sigmoid(simd, x),
                        };
                        y.store(lanes);
                    }
                },
            );
        }
    }

    /// `function` of one number on one level.
    fn at(level: Level, function: Function, x: f32) -> f32 {
        let mut lanes = [x; crate::BLOCK];
        level.run(Apply(function, &mut lanes));
        assert!(lanes.iter().all(|y| y.to_bits() == lanes[0].to_bits()));
        lanes[0]
    }

    /// Finite numbers of every sign and exponent, denormal ones included.
    fn every_exponent() -> Vec<f32> {
        /// Bits between two samples; odd, so that all low bits occur. 2^32 / 4001 is 1.07 million.
        const STRIDE: usize = 4001;
        let mut samples: Vec<f32> = (0..=u32::MAX)
            .step_by(STRIDE)
            .map(f32::from_bits)
            .filter(|x| x.is_finite())
            .collect();
        // Where the functions bend, ten times as dense; and around the limits of `exp`.
        samples.extend((-1_000_000..1_000_000).map(|i| i as f32 * 1e-4 + 1.3e-5));
        samples.truncate(samples.len() / crate::BLOCK * crate::BLOCK);
        samples
    }

    /// The largest relative error over all samples with `range.contains(x)`, on every level.
    fn check(
        function: Function,
        exact: fn(f64) -> f64,
        range: core::ops::RangeInclusive<f32>,
        bound: f64,
    ) {
        let samples = every_exponent();
        let exact: Vec<f64> = samples.iter().map(|&x| exact(f64::from(x))).collect();
        for level in Level::available() {
            let mut found = samples.clone();
            level.run(Apply(function, &mut found));
            let mut worst = (0.0, 0.0);
            for ((&x, &y), &exact) in samples.iter().zip(&found).zip(&exact) {
                let error = (f64::from(y) - exact).abs() / exact.abs().max(f64::MIN_POSITIVE);
                assert!(!y.is_nan(), "{function:?}({x:e}) is NaN on {level:?}");
                if range.contains(&x) && error > worst.0 {
                    worst = (error, x);
                }
            }
            assert!(worst.0 <= bound, "{function:?} on {level:?}: {worst:?}");
        }
    }

    #[test]
    fn exp_keeps_its_error_over_all_exponents() {
        check(Function::Exp, libm::exp, -86.98..=88.72, EXP);
    }

    #[test]
    fn tanh_keeps_its_error_over_all_exponents() {
        check(Function::Tanh, libm::tanh, f32::MIN..=f32::MAX, TANH);
    }

    #[test]
    fn sigmoid_keeps_its_error_over_all_exponents() {
        let exact = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        check(Function::Sigmoid, exact, -88.37..=f32::MAX, SIGMOID);
    }

    #[test]
    fn results_that_no_f32_can_hold_become_zero_or_infinite() {
        use Function::{Exp, Sigmoid, Tanh};
        let inf = f32::INFINITY;
        let cases = [
            (Exp, inf, inf),
            (Exp, f32::MAX, inf),
            (Exp, 89.0, inf),
            (Exp, 88.73, inf),
            (Exp, -88.0, 0.0),
            (Exp, f32::MIN, 0.0),
            (Exp, -inf, 0.0),
            (Exp, 0.0, 1.0),
            (Exp, -0.0, 1.0),
            (Exp, f32::from_bits(1), 1.0),
            (Tanh, inf, 1.0),
            (Tanh, -inf, -1.0),
            (Tanh, 0.0, 0.0),
            (Tanh, -0.0, 0.0),
            (Tanh, f32::from_bits(1), f32::from_bits(1)),
            (Tanh, -f32::MIN_POSITIVE, -f32::MIN_POSITIVE),
            (Sigmoid, inf, 1.0),
            (Sigmoid, -inf, 0.0),
            (Sigmoid, f32::MIN, 0.0),
            (Sigmoid, 0.0, 0.5),
            (Sigmoid, -0.0, 0.5),
        ];
        for level in Level::available() {
            for (function, x, y) in cases {
                assert_eq!(
                    at(level, function, x),
                    y,
                    "{function:?}({x:e}) on {level:?}"
                );
            }
            for function in [Exp, Tanh, Sigmoid] {
                assert!(
                    at(level, function, f32::NAN).is_nan(),
                    "{function:?} {level:?}"
                );
            }
        }
    }

    #[test]
    fn below_its_range_exp_gives_zero_or_the_true_value() {
        for level in Level::available() {
            for i in 0..2000 {
                let x = -86.98 - i as f32 * 1e-3;
                let (y, exact) = (
                    f64::from(at(level, Function::Exp, x)),
                    libm::exp(f64::from(x)),
                );
                let right = (y - exact).abs() <= EXP * exact;
                assert!(y == 0.0 || right, "exp({x}) = {y:e} on {level:?}");
            }
        }
    }
}
