//! The scalar of a network, and its functions of vectors.

use core::fmt;

use crate::math;
use crate::simd::{Simd, Vector};
use crate::vectors::Vectors;

/// The scalar type of a network: `f32` in use, `f64` for the gradient check.
pub trait Scalar:
    Copy
    + Send
    + Sync
    + Default
    + PartialOrd
    + fmt::Debug
    + fmt::Display
    + core::ops::Add<Output = Self>
    + core::ops::Sub<Output = Self>
    + core::ops::Mul<Output = Self>
    + core::ops::Div<Output = Self>
    + core::ops::Neg<Output = Self>
    + core::ops::AddAssign
    + Vectors
    + 'static
{
    /// The register of this scalar on level `S`.
    type Vector<S: Simd>: Vector<Self, S>;

    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The least positive number that is not denormal.
    const LEAST_NORMAL: Self;
    /// Below this a weight that was updated or is laid out for inference counts as zero, and in a gradient a
    /// probability or a slope does: 2⁶⁰ times the least normal number, 1.4·10⁻²⁰ in `f32`. Their products would
    /// become denormal, with which most processors compute many times slower.
    const NEGLIGIBLE: Self;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// Copies the elements of a sample to the first of `into`.
    fn copy_singles(singles: &[f32], into: &mut [Self]);
    /// The same value in double precision.
    fn to_f64(self) -> f64;
    /// The numbers themselves, if they are of this type.
    fn of_singles(singles: &[f32]) -> Option<&[Self]>;
    /// Whether the value is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Zero in place of a denormal number, with which most processors compute many times slower. All else, NaN
    /// and `−0` too, stays as it is.
    fn normal_or_zero(self) -> Self {
        zero_below(Self::LEAST_NORMAL, self)
    }
    /// The same of what is [negligible](Self::NEGLIGIBLE), of either sign.
    fn unless_negligible(self) -> Self {
        zero_below(Self::NEGLIGIBLE, self)
    }
    /// `e` to the power of each lane; the error is stated in [`math`].
    fn exp<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// The hyperbolic tangent of each lane; the error is stated in [`math`].
    fn tanh<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// The logistic function `1 / (1 + e^−x)` of each lane; the error is stated in [`math`].
    fn sigmoid<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// `e^x − 1` of each lane; the error is stated in [`math`].
    fn exp_m1<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// The natural logarithm of each lane; the error is stated in [`math`].
    fn ln<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// `ln(1 + e^x)` of each lane; the error is stated in [`math`].
    fn softplus<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
    /// The normal distribution function `(1 + erf(x / √2)) / 2` of each lane; the error is stated in
    /// [`math`].
    fn normal_cdf<S: Simd>(simd: S, lanes: Self::Vector<S>) -> Self::Vector<S>;
}

/// Zero in place of a number of a smaller magnitude than `least`, but for `−0`.
fn zero_below<T: Scalar>(least: T, number: T) -> T {
    let magnitude = number.to_f64().abs();
    if 0.0 < magnitude && magnitude < least.to_f64() {
        T::ZERO
    } else {
        number
    }
}

/// Numbers that are not negative, zero where they are [negligible](Scalar::NEGLIGIBLE); NaN stays NaN.
#[inline(always)]
pub fn unless_negligible<T: Scalar, S: Simd>(simd: S, numbers: T::Vector<S>) -> T::Vector<S> {
    let least = T::Vector::<S>::splat(simd, T::NEGLIGIBLE);
    let zero = T::Vector::<S>::splat(simd, T::ZERO);
    least.select_greater(numbers, zero, numbers)
}

impl Scalar for f32 {
    type Vector<S: Simd> = S::F32;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LEAST_NORMAL: Self = Self::MIN_POSITIVE;
    const NEGLIGIBLE: Self = Self::MIN_POSITIVE * (1u64 << 60) as Self;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    #[inline(always)]
    fn copy_singles(singles: &[f32], into: &mut [Self]) {
        into[..singles.len()].copy_from_slice(singles);
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn of_singles(singles: &[f32]) -> Option<&[Self]> {
        Some(singles)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    #[inline(always)]
    fn exp<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::exp(simd, lanes)
    }
    #[inline(always)]
    fn tanh<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::tanh(simd, lanes)
    }
    #[inline(always)]
    fn sigmoid<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::sigmoid(simd, lanes)
    }
    #[inline(always)]
    fn exp_m1<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::exp_m1(simd, lanes)
    }
    #[inline(always)]
    fn ln<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::ln(simd, lanes)
    }
    #[inline(always)]
    fn softplus<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::softplus(simd, lanes)
    }
    #[inline(always)]
    fn normal_cdf<S: Simd>(simd: S, lanes: S::F32) -> S::F32 {
        math::normal_cdf(simd, lanes)
    }
}

impl Scalar for f64 {
    type Vector<S: Simd> = S::F64;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LEAST_NORMAL: Self = Self::MIN_POSITIVE;
    const NEGLIGIBLE: Self = Self::MIN_POSITIVE * (1u64 << 60) as Self;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn copy_singles(singles: &[f32], into: &mut [Self]) {
        for (into, &single) in into[..singles.len()].iter_mut().zip(singles) {
            *into = Self::from(single);
        }
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn of_singles(_: &[f32]) -> Option<&[Self]> {
        None
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    #[inline(always)]
    fn exp<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, libm::exp)
    }
    #[inline(always)]
    fn tanh<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, libm::tanh)
    }
    #[inline(always)]
    fn sigmoid<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, |x| 1.0 / (1.0 + libm::exp(-x)))
    }
    #[inline(always)]
    fn exp_m1<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, libm::expm1)
    }
    #[inline(always)]
    fn ln<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, libm::log)
    }
    #[inline(always)]
    fn softplus<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs())))
    }
    #[inline(always)]
    fn normal_cdf<S: Simd>(simd: S, lanes: S::F64) -> S::F64 {
        lanes.map(simd, |x| {
            0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
        })
    }
}
