//! The normal distribution.

use super::exponential::{nearest_power, polynomial, remainder, times_power};
use crate::simd::{Simd, Vector};

/// The probability that a standard normal number is at most `x`: `(1 + erf(x / √2)) / 2`.
///
/// For `t = |x|` the tail beyond `t` is `e^(−t²/2) · u · P(u)` with `u = 1 / (1 + 0.35 t)` and the
/// polynomial of degree 8 of least relative error, 4e-8 (found by Lawson's iteration). Relative error
/// at most 5e-7 above −12.9; below, where the result is less than 2.3e-38, it may be 0.
/// `normal_cdf(−∞) = 0`, `normal_cdf(∞) = 1`, NaN stays NaN.
#[inline(always)]
pub fn normal_cdf<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    /// Where the tail is about to become denormal, with which most processors compute many times slower.
    const END: f32 = 12.9;
    let constant = |value| S::F32::splat(simd, value);
    let (zero, one) = (constant(0.0), constant(1.0));
    let t = x.select_greater(zero, x, zero.sub(x));
    let t = constant(END).min(t);
    let u = one.div(t.mul_add(constant(0.35), one));
    let mut p = constant(-2.911_501_2e-2);
    for coefficient in [
        1.438_184e-1,
        -2.553_909_7e-1,
        1.587_965_2e-1,
        -2.284_339_8e-2,
        1.053_921_36e-1,
        1.198_630_9e-1,
        1.398_575_6e-1,
        1.396_216_6e-1,
    ] {
        p = p.mul_add(u, constant(coefficient));
    }
    let tail = density(simd, t).mul(p.mul(u));
    let tail = constant(-END).select_greater(x, zero, tail);
    zero.select_greater(x, tail, one.sub(tail))
}

/// `e^(−t²/2)` for `t` in `0..=12.9`.
///
/// The rounding of `t²` would cost up to 5e-6, so it is the sum of a square that is exact, of `t` to
/// the nearest sixteenth, and a small rest.
#[inline(always)]
fn density<S: Simd>(simd: S, t: S::F32) -> S::F32 {
    /// 1.5 · 2^19: between 2^19 and 2^20 an `f32` is a multiple of a sixteenth.
    const SIXTEENTHS: f32 = 786_432.0;
    let constant = |value| S::F32::splat(simd, value);
    let coarse = t.add(constant(SIXTEENTHS)).sub(constant(SIXTEENTHS));
    let half = constant(-0.5);
    let exact = coarse.mul(coarse).mul(half);
    let rest = t.sub(coarse).mul(t.add(coarse)).mul(half);
    let n = nearest_power(simd, exact.add(rest));
    let r = remainder(simd, n, exact).add(rest);
    let e_r = polynomial(simd, r).mul_add(r.mul(r), r.add(constant(1.0)));
    times_power(simd, n, e_r)
}
