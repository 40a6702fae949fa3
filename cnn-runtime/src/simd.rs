//! The vector facade: levels, scalars, vectors, and the choice between levels at run time.
//!
//! This module alone names the vector crate or an instruction set. Kernels are written
//! against [`Simd`] (a token that proves that a level's instructions exist), [`Scalar`] (`f32` or
//! `f64`) and [`Vector`] (one register of scalars). A function's body reaches the instructions of
//! its level only inside [`Simd::vectorize`]; outside of it the same code compiles to calls.

mod registers;

use core::fmt;

use crate::lanes::BLOCK;
#[cfg(any(doc, target_arch = "x86", target_arch = "x86_64"))]
use crate::lanes::FEW;
pub use crate::scalar::Scalar;
pub use registers::{Float32, Float64, Half, Half32, Half64};

/// Proof that the instructions of one level exist on this machine.
///
/// The token has no size and is passed by value to every kernel.
pub trait Simd: Copy + Send + Sync + fmt::Debug + 'static {
    /// The widest register of `f32` lanes.
    type F32: SinglePrecision<Self>;
    /// The widest register of `f64` lanes.
    type F64: Vector<f64, Self>;

    /// The level's name in benchmarks and reports: `avx512`, `avx2`, `neon`, `simd128`, `portable`.
    const NAME: &'static str;
    /// How many samples the blocks have that are computed with it.
    const SAMPLES: usize = BLOCK;
    /// Whether the level has 32 vector registers (16 otherwise); register tiles depend on it.
    const WIDE: bool;

    /// Runs `kernel` with the level's instructions enabled.
    ///
    /// The closure must be `#[inline(always)]`, so that its body is compiled inside.
    fn vectorize<F: FnOnce() -> R, R>(self, kernel: F) -> R;
}

/// One register of scalars of a level.
///
/// Slices given to [`load`](Vector::load) and [`store`](Vector::store) have exactly
/// [`LANES`](Vector::LANES) elements.
pub trait Vector<T, S>: Copy {
    /// How many scalars a register holds.
    const LANES: usize;

    /// All lanes equal to `value`.
    fn splat(simd: S, value: T) -> Self;
    /// Reads `LANES` scalars.
    fn load(simd: S, slice: &[T]) -> Self;
    /// Writes `LANES` scalars.
    fn store(self, slice: &mut [T]);
    /// `self · factor + addend`, fused where the level has the instruction.
    #[must_use]
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `self + other`.
    #[must_use]
    fn add(self, other: Self) -> Self;
    /// `self − other`.
    #[must_use]
    fn sub(self, other: Self) -> Self;
    /// `self · other`.
    #[must_use]
    fn mul(self, other: Self) -> Self;
    /// `self / other`.
    #[must_use]
    fn div(self, other: Self) -> Self;
    /// The square root of each lane.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `yes` where `self > other`, else `no`; a comparison with NaN is false.
    #[must_use]
    fn select_greater(self, other: Self, yes: Self, no: Self) -> Self;
    /// `yes` where `self == other`, else `no`; a comparison with NaN is false.
    #[must_use]
    fn select_equal(self, other: Self, yes: Self, no: Self) -> Self;
    /// The lanes of both by turns, `[self[0], other[0], self[1], …]`: the first half and the second.
    #[must_use]
    fn interleave(self, other: Self) -> (Self, Self);
    /// The even lanes of both, `[self[0], self[2], …, other[0], other[2], …]`, and the odd ones.
    #[must_use]
    fn deinterleave(self, other: Self) -> (Self, Self);
    /// The sum of all lanes, in an order fixed by the level.
    fn sum(self) -> T;
    /// `function` applied to each lane by itself: correct on every level, never fast.
    #[must_use]
    fn map(self, simd: S, function: impl FnMut(T) -> T) -> Self;

    /// The larger of two lanes; `other` where either is NaN.
    #[must_use]
    fn max(self, other: Self) -> Self;

    /// The smaller of two lanes; `other` where either is NaN.
    #[must_use]
    fn min(self, other: Self) -> Self;
}

/// What single-precision registers can do beyond [`Vector`]: the steps of exponential function and
/// logarithm.
pub trait SinglePrecision<S>: Vector<f32, S> {
    /// 2 to the power of each lane, which holds an integer in −126..=127; 0 for −127.
    #[must_use]
    fn power_of_two(self, simd: S) -> Self;
    /// The integers `e` and the numbers `m` in `√½..√2` with `2^e · m` equal to each lane, which is
    /// positive, finite and not denormal.
    fn exponent_and_mantissa(self, simd: S) -> (Self, Self);
}

/// Code that is compiled once per level and run on the one that [`Level::run`] stands for.
pub trait Kernel {
    /// What the code returns.
    type Output;
    /// Runs with the token of a level.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The best level that all machines have which the program is compiled for.
const BASELINE: fearless_simd::Level = fearless_simd::Level::baseline();

/// Whether a level is needed by the program, which may be compiled for machines that all have a better one.
trait Needed {
    const IS_NEEDED: bool;
}

/// Implements [`Simd`] for a token of the vector crate, and gives it its place in [`Level`].
///
/// `levels! { Neon "neon" wide = true, few = false, most = 0, if |best| best.as_neon(), below []; }` adds the level
/// `neon`. With `few` there are blocks that [`Half`] computes, into which batches of up to `most` samples are cut.
/// Behind `below` stand the levels above it.
macro_rules! levels {
    ($(
        $(#[$cfg:meta])*
        $Token:ident $name:literal wide = $wide:literal, few = $few:literal, most = $most:expr, if $detect:expr,
            below [$($Above:ident)*];
    )*) => {
        $($(#[$cfg])*
        impl Simd for fearless_simd::$Token {
            type F32 = Float32<Self>;
            type F64 = Float64<Self>;
            const NAME: &'static str = $name;
            const WIDE: bool = $wide;

            #[inline(always)]
            fn vectorize<F: FnOnce() -> R, R>(self, kernel: F) -> R {
                fearless_simd::Simd::vectorize(self, kernel)
            }
        }

        $(#[$cfg])*
        impl Needed for fearless_simd::$Token {
            const IS_NEEDED: bool =
                !(false $(|| matches!(BASELINE, fearless_simd::Level::$Above(_)))*);
        })*

        #[derive(Clone, Copy)]
        enum Choice {
            $($(#[$cfg])* $Token(fearless_simd::$Token),)*
        }

        impl Level {
            /// Every level that this machine and the program have, the fastest first.
            pub fn available() -> impl Iterator<Item = Level> {
                let best = fearless_simd::Level::try_detect().unwrap_or(BASELINE);
                [$(
                    $(#[$cfg])*
                    ($detect)(best)
                        .filter(|_| fearless_simd::$Token::IS_NEEDED)
                        .map(|token| Level(Choice::$Token(token))),
                )*]
                    .into_iter()
                    .flatten()
            }

            /// The level's name: `avx512`, `avx2`, `neon`, `simd128` or `portable`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($(#[$cfg])* Choice::$Token(_) => $name,)*
                }
            }

            /// Runs `kernel`, compiled for this level.
            #[inline]
            pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
                match self.0 {
                    $(
                        $(#[$cfg])*
                        Choice::$Token(token) => {
                            if const { fearless_simd::$Token::IS_NEEDED } {
                                kernel.run(token)
                            } else {
                                unreachable!("`available` does not give it")
                            }
                        }
                    )*
                }
            }

            /// Up to how many samples a batch is best cut into blocks of [`FEW`], and not of sixteen: 16 where two such
            /// blocks take about as long as one of sixteen, which is on AVX2, and on AVX-512 of a processor that
            /// multiplies 512 bits by halves (AMD's Zen 4); 8 on AVX-512 of others. On other levels, 0, there are none.
            ///
            /// Without the feature `std`, a Zen 4 is known if the program is compiled for it.
            #[must_use]
            pub fn most_in_few(self) -> usize {
                match self.0 {
                    $($(#[$cfg])* Choice::$Token(_) => $most,)*
                }
            }

            /// Whether blocks of [`FEW`] samples take less time than those of sixteen.
            #[must_use]
            pub fn has_few(self) -> bool {
                match self.0 {
                    $($(#[$cfg])* Choice::$Token(_) => $few,)*
                }
            }

            /// Runs `kernel` for blocks of [`FEW`] samples: on AVX-512 with the lower halves of registers, on AVX2 with
            /// one register in place of two.
            ///
            /// # Panics
            /// If the level [has](Self::has_few) no such blocks.
            #[inline]
            pub fn run_few<K: Kernel>(self, kernel: K) -> K::Output {
                match self.0 {
                    $(
                        $(#[$cfg])*
                        Choice::$Token(token) => {
                            if const { $few && fearless_simd::$Token::IS_NEEDED } {
                                kernel.run(Half(token))
                            } else {
                                unreachable!("`has_few` says so")
                            }
                        }
                    )*
                }
            }
        }
    };
}

/// An instruction set that this machine is known to have.
///
/// On x86-64: AVX-512, AVX2 with FMA, or SSE2 (`portable`); NEON on aarch64; WASM SIMD where the
/// target feature is on; plain code elsewhere (`portable`). Code is compiled for every level of
/// the target but those below one that all machines of the program have: `-C target-cpu=x86-64-v3` leaves
/// out SSE2.
///
/// ```
/// use cnn_runtime::simd::Level;
///
/// let names: Vec<_> = Level::available().map(Level::name).collect();
/// assert!(names.contains(&Level::detect().name()));
/// ```
#[derive(Clone, Copy)]
pub struct Level(Choice);

impl Level {
    /// The fastest level of this machine.
    #[must_use]
    pub fn detect() -> Self {
        Self::available()
            .next()
            .expect("every target has its baseline")
    }

    /// The level of that name, if this machine and the program have it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::available().find(|level| level.name() == name)
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Up to how many samples a batch is cut into blocks of [`FEW`] on AVX-512: two such blocks take as long as one of
/// sixteen where registers of 512 bits are multiplied by halves, and on servers that multiply them whole up to twice as
/// long.
///
/// AMD's Zen 4 has halves: `sse4a` is AMD's alone, and Zen 5, which has `avxvnni`, is the next core with AVX-512.
/// Others of that kind (mobile Zen 5; an Intel with one multiplier of 512 bits) have not been measured.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn most_of_avx512() -> usize {
    #[cfg(feature = "std")]
    let [amd, newer] = [
        std::is_x86_feature_detected!("sse4a"),
        std::is_x86_feature_detected!("avxvnni"),
    ];
    #[cfg(not(feature = "std"))]
    let [amd, newer] = [
        cfg!(target_feature = "sse4a"),
        cfg!(target_feature = "avxvnni"),
    ];
    if amd && !newer { BLOCK } else { FEW }
}

levels! {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512 "avx512" wide = true, few = true, most = most_of_avx512(),
        if |best: fearless_simd::Level| best.as_avx512(), below [];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2 "avx2" wide = false, few = true, most = BLOCK, if |best: fearless_simd::Level| best.as_avx2(),
        below [Avx512];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Sse2 "portable" wide = false, few = false, most = 0, if |best: fearless_simd::Level| best.as_sse2(),
        below [Avx512 Avx2];
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon "neon" wide = true, few = false, most = 0, if |best: fearless_simd::Level| best.as_neon(), below [];
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    WasmSimd128 "simd128" wide = false, few = false, most = 0,
        if |best: fearless_simd::Level| best.as_wasm_simd128(), below [];
    #[cfg(not(any(
        target_arch = "x86",
        target_arch = "x86_64",
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128")
    )))]
    Fallback "portable" wide = false, few = false, most = 0, if |_| Some(fearless_simd::Fallback::new()),
        below [];
}
