//! Functions of vectors of `f32`, each with its error, which the tests measure over all exponents and
//! on every level.
//!
//! The errors are relative, and stated for results that are normal numbers. The `f64` versions call
//! `libm` lane by lane (see [`crate::simd::Scalar`]): there accuracy counts and speed does not.

mod exponential;
mod logarithm;
mod normal;

pub use exponential::{exp, exp_m1, sigmoid, tanh};
pub use logarithm::{ln, softplus};
pub use normal::normal_cdf;
