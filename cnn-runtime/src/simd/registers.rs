//! Registers of the vector crate, wrapped: the widest of a level, and those for blocks of few samples.

use fearless_simd::prelude::*;

use super::{Simd, SinglePrecision, Vector};
use crate::lanes::FEW;

/// Whether the vector crate's `max` and `min` give the second lane where either is NaN: they are one
/// instruction of x86, which does. Those of others give NaN, or the number. `tests/optimized/simd.rs` holds that.
const SECOND_IF_NAN: bool = cfg!(target_feature = "sse2");

/// Implements [`Vector`] for a register of the vector crate, wrapped.
///
/// `register! { Float32<B> of f32: B::f32s, by B = |simd| simd }` defines `Float32<B>`, the `f32s` of the backend
/// `B`, for kernels with the token `B`, and says how the backend is had from that.
macro_rules! register {
    ($Register:ident<$B:ident> of $scalar:ty: $native:ty, by $Token:ty = |$simd:ident| $backend:expr) => {
        #[doc = concat!("A register of `", stringify!($scalar), "` lanes of a backend.")]
        #[derive(Clone, Copy)]
        pub struct $Register<$B: fearless_simd::Simd>($native);

        impl<$B: fearless_simd::Simd> Vector<$scalar, $Token> for $Register<$B> {
            const LANES: usize = <$native as SimdBase<$B>>::LEN;

            #[inline(always)]
            fn splat($simd: $Token, value: $scalar) -> Self {
                Self(value.simd_into($backend))
            }
            #[inline(always)]
            fn load($simd: $Token, slice: &[$scalar]) -> Self {
                Self(<$native>::from_slice($backend, slice))
            }
            #[inline(always)]
            fn store(self, slice: &mut [$scalar]) {
                self.0.store_slice(slice);
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(self.0.mul_add(factor.0, addend.0))
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(self.0 * other.0)
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self(self.0 / other.0)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.sqrt())
            }
            #[inline(always)]
            fn select_greater(self, other: Self, yes: Self, no: Self) -> Self {
                Self(self.0.simd_gt(other.0).select(yes.0, no.0))
            }
            #[inline(always)]
            fn select_equal(self, other: Self, yes: Self, no: Self) -> Self {
                Self(self.0.simd_eq(other.0).select(yes.0, no.0))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if SECOND_IF_NAN {
                    Self(self.0.max(other.0))
                } else {
                    self.select_greater(other, self, other)
                }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if SECOND_IF_NAN {
                    Self(self.0.min(other.0))
                } else {
                    other.select_greater(self, self, other)
                }
            }
            #[inline(always)]
            fn interleave(self, other: Self) -> (Self, Self) {
                (
                    Self(self.0.zip_low(other.0)),
                    Self(self.0.zip_high(other.0)),
                )
            }
            #[inline(always)]
            fn deinterleave(self, other: Self) -> (Self, Self) {
                (
                    Self(self.0.unzip_low(other.0)),
                    Self(self.0.unzip_high(other.0)),
                )
            }
            #[inline(always)]
            fn sum(self) -> $scalar {
                self.0.reduce_sum()
            }
            #[inline(always)]
            fn map(self, _simd: $Token, mut function: impl FnMut($scalar) -> $scalar) -> Self {
                let mut lanes = self.0;
                for lane in lanes.as_mut_slice() {
                    *lane = function(*lane);
                }
                Self(lanes)
            }
        }
    };
}

register! { Float32<B> of f32: B::f32s, by B = |simd| simd }
register! { Float64<B> of f64: B::f64s, by B = |simd| simd }
register! { Half32<B> of f32: fearless_simd::f32x8<B>, by Half<B> = |simd| simd.0 }
register! { Half64<B> of f64: fearless_simd::f64x4<B>, by Half<B> = |simd| simd.0 }

/// Implements [`SinglePrecision`] for a register, by the integers of as many lanes.
macro_rules! single_precision {
    ($Register:ident<$B:ident> with $integers:ty, by $Token:ty) => {
        impl<$B: fearless_simd::Simd> SinglePrecision<$Token> for $Register<$B> {
            #[inline(always)]
            fn power_of_two(self, _simd: $Token) -> Self {
                // 1.5 · 2^23 + 127 + n has no fraction, and 127 + n in its last bits, which is the exponent of 2^n.
                const EXPONENT: f32 = 12_582_912.0 + 127.0;
                let bits: $integers = (self.0 + EXPONENT).bitcast();
                Self((bits << 23).bitcast())
            }

            #[inline(always)]
            fn exponent_and_mantissa(self, _simd: $Token) -> (Self, Self) {
                // The bits of √½: counted from there, the exponent changes at √2 and no longer at 2.
                const ROOT_OF_HALF: i32 = 0x3f35_04f3;
                let bits: $integers = self.0.bitcast();
                let exponent = (bits - ROOT_OF_HALF) >> 23;
                let mantissa = bits - (exponent << 23);
                (Self(exponent.to_float()), Self(mantissa.bitcast()))
            }
        }
    };
}

single_precision! { Float32<B> with B::i32s, by B }
single_precision! { Half32<B> with fearless_simd::i32x8<B>, by Half<B> }

/// A level for blocks of [`FEW`] samples: with the lower halves of registers of 512 bits, or with one of 256 in place of
/// two.
#[derive(Clone, Copy, Debug)]
pub struct Half<B>(pub(super) B);

impl<B: Simd + fearless_simd::Simd> Simd for Half<B> {
    type F32 = Half32<B>;
    type F64 = Half64<B>;
    const NAME: &'static str = <B as Simd>::NAME;
    const SAMPLES: usize = FEW;
    const WIDE: bool = B::WIDE;

    #[inline(always)]
    fn vectorize<F: FnOnce() -> R, R>(self, kernel: F) -> R {
        Simd::vectorize(self.0, kernel)
    }
}
