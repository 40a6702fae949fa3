//! The exponential function and its relatives.

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
    let n = nearest_power(simd, x);
    let r = remainder(simd, n, x);
    let e_r = polynomial(simd, r).mul_add(r.mul(r), r.add(constant(1.0)));
    times_power(simd, n, e_r)
}

/// `e^x − 1`, also where `x` is so small that `e^x` rounds to 1.
///
/// As [`exp`], with `e^x − 1 = 2^n · ((e^r − 1) + (1 − 2^−n))`. Relative error at most 3e-7 below
/// 88.72; above it is +∞. `exp_m1(−∞) = −1`, `exp_m1(∞) = ∞`, NaN stays NaN.
#[inline(always)]
pub fn exp_m1<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    let x = constant(88.9).min(constant(-60.0).max(x));
    let n = nearest_power(simd, x);
    let r = remainder(simd, n, x);
    // Not `r²` first, which would be denormal where `x` is tiny.
    let q = polynomial(simd, r).mul(r).mul_add(r, r);
    let inverse = constant(-127.0).max(constant(0.0).sub(n));
    let rest = constant(1.0).sub(inverse.power_of_two(simd));
    times_power(simd, n, q.add(rest))
}

/// `n = round(x / ln 2)`.
#[inline(always)]
pub(super) fn nearest_power<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    let n = x.mul_add(constant(core::f32::consts::LOG2_E), constant(ROUNDING));
    n.sub(constant(ROUNDING))
}

/// `r = x − n · ln 2`.
#[inline(always)]
pub(super) fn remainder<S: Simd>(simd: S, n: S::F32, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    // ln 2 in two parts, the first exact in 9 bits, so that `n · part` is exact.
    let r = n.mul_add(constant(-0.693_359_4), x);
    n.mul_add(constant(2.121_944_4e-4), r)
}

/// `p` with `e^r = 1 + r + r² · p`, for `|r| ≤ ln 2 / 2`.
#[inline(always)]
pub(super) fn polynomial<S: Simd>(simd: S, r: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
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
    p
}

/// `2^n · value` for an integer `n` in −126..=128.
#[inline(always)]
pub(super) fn times_power<S: Simd>(simd: S, n: S::F32, value: S::F32) -> S::F32 {
    // 2^128 is no `f32`, so the product is (2 · value) · 2^(n−1). Where n is −126, 2^(n−1) is
    // flushed to 0, which is what takes e^−∞ to 0.
    let half = n.sub(S::F32::splat(simd, 1.0)).power_of_two(simd);
    value.add(value).mul(half)
}

/// The hyperbolic tangent.
///
/// `e^(2x) = 2^n · 2^f` with `n = round(2x / ln 2)`, `|f| ≤ ½`, and `2^f = (1 + t) / (1 − t)` with
/// `t = tanh(f · ln 2 / 2)`, so that
///
/// `tanh(x) = ((2^n − 1) + t · (2^n + 1)) / ((2^n + 1) + t · (2^n − 1))`,
///
/// which loses nothing near 0. `t / f` is a polynomial in `f²` of degree 2 of least relative error, 4.5e-8
/// (found by Remez's exchange). Relative error at most 3e-7; never beyond ±1; `tanh(±∞) = ±1`, NaN stays
/// NaN.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    // The result is ±1 in `f32` from here on: `2 / e^18.4` is less than half of what is between 1 and the
    // number before.
    const LIMIT: f32 = 9.2;
    const TWO_LOG2_E: f32 = 2.0 * core::f32::consts::LOG2_E;
    let x = constant(LIMIT).min(constant(-LIMIT).max(x));
    let rounded = x.mul_add(constant(TWO_LOG2_E), constant(ROUNDING));
    let negated = constant(ROUNDING).sub(rounded);
    // What the rounding of the factor costs is `n` times as much as without `n`, but `tanh` is flat there.
    let f = x.mul_add(constant(TWO_LOG2_E), negated);
    let square = f.mul(f);
    let p = constant(6.546_899e-4).mul_add(square, constant(-1.387_490_9e-2));
    let t = p.mul_add(square, constant(0.346_573_6)).mul(f);
    let power = rounded.sub(constant(ROUNDING)).power_of_two(simd);
    let (less, more) = (power.sub(constant(1.0)), power.add(constant(1.0)));
    t.mul_add(more, less).div(t.mul_add(less, more))
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
