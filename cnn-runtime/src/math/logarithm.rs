//! The logarithm and its relatives.

use super::exponential::exp;
use crate::simd::{Simd, SinglePrecision, Vector};

/// The natural logarithm.
///
/// `ln x = e · ln 2 + ln m` with `x = 2^e · m`, `√½ ≤ m < √2`, and `ln m = 2 artanh((m − 1) / (m + 1))`.
/// Relative error at most 2.5e-7, denormal numbers included. `ln 0 = −∞`, `ln ∞ = ∞`, NaN of negative
/// numbers, and NaN stays NaN.
#[inline(always)]
pub fn ln<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    /// Takes every denormal number among the normal ones.
    const SCALE: f32 = 16_777_216.0;
    let constant = |value| S::F32::splat(simd, value);
    let (zero, one) = (constant(0.0), constant(1.0));
    let smallest = constant(f32::MIN_POSITIVE);
    let scaled = smallest.select_greater(x, x.mul(constant(SCALE)), x);
    let (exponent, m) = scaled.exponent_and_mantissa(simd);
    let exponent = smallest.select_greater(x, exponent.sub(constant(24.0)), exponent);
    let s = m.sub(one).div(m.add(one));
    let ln_m = twice_artanh(simd, s, s.mul(s));
    // ln 2 in two parts, the first exact in 9 bits, so that `exponent · part` is exact.
    let low = exponent.mul_add(constant(-2.121_944_4e-4), ln_m);
    let result = exponent.mul_add(constant(0.693_359_4), low);
    // What is no positive finite number answers for itself.
    let result = constant(f32::INFINITY).select_greater(x, result, x);
    let beyond = x.select_equal(zero, constant(f32::NEG_INFINITY), constant(f32::NAN));
    x.select_greater(zero, result, beyond)
}

/// `ln(1 + e^x)`.
///
/// `max(x, 0) + ln(1 + e^−|x|)`, which neither overflows nor loses small results. Relative error at
/// most 3e-7 above −86.98; below, where the result is less than 1.7e-38, it may be 0.
/// `softplus(−∞) = 0`, `softplus(∞) = ∞`, NaN stays NaN.
#[inline(always)]
pub fn softplus<S: Simd>(simd: S, x: S::F32) -> S::F32 {
    let zero = S::F32::splat(simd, 0.0);
    let negated = zero.sub(x);
    let u = exp(simd, x.select_greater(zero, negated, x));
    // ln(1 + u) = 2 artanh(u / (2 + u)).
    let s = u.div(u.add(S::F32::splat(simd, 2.0)));
    // Not denormal, and nothing beside what it is added to.
    let root = S::F32::splat(simd, 1e-18).max(s);
    let logarithm = twice_artanh(simd, s, root.mul(root));
    zero.select_greater(x, zero, x).add(logarithm)
}

/// `2 artanh(s) = ln((1 + s) / (1 − s))` for `|s| ≤ 1/3`, of `s` and its square.
///
/// `s · (2 + s² · P(s²))` with the polynomial of degree 3 of least relative error, 5e-9 (found by
/// Lawson's iteration).
#[inline(always)]
fn twice_artanh<S: Simd>(simd: S, s: S::F32, square: S::F32) -> S::F32 {
    let constant = |value| S::F32::splat(simd, value);
    let mut p = constant(0.280_119_97);
    for coefficient in [0.280_018_03, 0.400_215_27, 0.666_664_2, 2.0] {
        p = p.mul_add(square, constant(coefficient));
    }
    p.mul(s)
}
