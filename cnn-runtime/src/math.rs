//! Exponential functions on vectors of `f32`, with their errors.
//!
//! The `f64` versions call `libm` lane by lane (see [`crate::simd::Scalar`]): there accuracy counts
//! and speed does not.

use crate::simd::{Simd, SinglePrecision, Vector};

/// The exponential function.
///
/// `e^x = 2^n · e^r` with `n = round(x / ln 2)`, `|r| ≤ ln 2 / 2`, and `e^r` by a polynomial of
/// degree 6 (Cephes, `expf.c`, S. Moshier 1984). Relative error at most 2.5e-7 where the result is a
/// normal number; below −87.3 the result is the smallest normal number's neighbourhood (never 0),
/// above 88.0 it stays at `e^88`; NaN stays NaN.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    // `min` and `max` give their argument when a lane is NaN, so the lane itself is the argument.
    let x = constant(88.0).min(constant(-87.3).max(x));
    let n = x.mul(constant(core::f32::consts::LOG2_E)).round();
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
    e_r.mul(n.power_of_two(simd))
}

/// The hyperbolic tangent.
///
/// For `|x| < 0.625` an odd polynomial (Cephes, `tanhf.c`), beyond `1 − 2 / (e^(2x) + 1)`.
/// Relative error at most 4e-7; NaN stays NaN.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    let square = x.mul(x);
    let mut p = constant(-5.704_988_7e-3);
    for coefficient in [
        2.063_908_9e-2,
        -5.373_971_5e-2,
        1.333_144_2e-1,
        -3.333_328_2e-1,
    ] {
        p = p.mul_add(square, constant(coefficient));
    }
    let small = p.mul(square).mul_add(x, x);
    let e_2x = exp(simd, x.add(x));
    let large = constant(1.0).sub(constant(2.0).div(e_2x.add(constant(1.0))));
    constant(0.625 * 0.625).select_greater(square, small, large)
}

/// The logistic function `1 / (1 + e^−x)`.
///
/// Relative error at most 4e-7 where the result is a normal number; NaN stays NaN.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let one = S::F32::splat(simd, 1.0);
    let negated = S::F32::splat(simd, 0.0).sub(x);
    one.div(one.add(exp(simd, negated)))
}
