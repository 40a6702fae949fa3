//! The errors that the documentation of `cnn::math` states, over all exponents and on every level.

use std::ops::RangeInclusive;

use cnn_runtime::BLOCK;
use cnn_runtime::math::{exp, exp_m1, ln, normal_cdf, sigmoid, softplus, tanh};
use cnn_runtime::simd::{Kernel, Level, Simd, Vector};

/// A function of `cnn::math`, to be applied to a slice on any level.
#[derive(Clone, Copy, Debug)]
enum Function {
    Exp,
    ExpM1,
    Ln,
    Tanh,
    Sigmoid,
    Softplus,
    NormalCdf,
}

use Function::{Exp, ExpM1, Ln, NormalCdf, Sigmoid, Softplus, Tanh};

const ALL: [Function; 7] = [Exp, ExpM1, Ln, Tanh, Sigmoid, Softplus, NormalCdf];

impl Function {
    /// The same in double precision.
    fn exact(self, x: f64) -> f64 {
        match self {
            Exp => libm::exp(x),
            ExpM1 => libm::expm1(x),
            Ln => libm::log(x),
            Tanh => libm::tanh(x),
            Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
            Softplus => x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
            NormalCdf => 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
        }
    }
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
                        Exp => exp(simd, x),
                        ExpM1 => exp_m1(simd, x),
                        Ln => ln(simd, x),
                        Tanh => tanh(simd, x),
                        Sigmoid => sigmoid(simd, x),
                        Softplus => softplus(simd, x),
                        NormalCdf => normal_cdf(simd, x),
                    };
                    y.store(lanes);
                }
            },
        );
    }
}

/// `function` of one number on one level.
fn at(level: Level, function: Function, x: f32) -> f32 {
    let mut lanes = [x; BLOCK];
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
    samples.truncate(samples.len() / BLOCK * BLOCK);
    samples
}

/// The largest relative error over all samples with `range.contains(x)`, on every level.
fn check(function: Function, range: RangeInclusive<f32>, bound: f64) {
    let samples = every_exponent();
    let exact: Vec<f64> = samples
        .iter()
        .map(|&x| function.exact(f64::from(x)))
        .collect();
    for level in Level::available() {
        let mut found = samples.clone();
        level.run(Apply(function, &mut found));
        let mut worst = (0.0, 0.0);
        for ((&x, &y), &exact) in samples.iter().zip(&found).zip(&exact) {
            let error = (f64::from(y) - exact).abs() / exact.abs().max(f64::MIN_POSITIVE);
            assert_eq!(
                y.is_nan(),
                exact.is_nan(),
                "{function:?}({x:e}) on {level:?}"
            );
            if range.contains(&x) && error > worst.0 {
                worst = (error, x);
            }
        }
        assert!(worst.0 <= bound, "{function:?} on {level:?}: {worst:?}");
    }
}

#[test]
fn exp_keeps_its_error_over_all_exponents() {
    check(Exp, -86.98..=88.72, 2e-7);
}

#[test]
fn exp_m1_keeps_its_error_over_all_exponents() {
    check(ExpM1, f32::MIN..=88.72, 3e-7);
}

#[test]
fn ln_keeps_its_error_over_all_exponents() {
    check(Ln, f32::from_bits(1)..=f32::MAX, 2.5e-7);
}

#[test]
fn tanh_keeps_its_error_over_all_exponents() {
    check(Tanh, f32::MIN..=f32::MAX, 3e-7);
}

#[test]
fn sigmoid_keeps_its_error_over_all_exponents() {
    check(Sigmoid, -88.37..=f32::MAX, 2.5e-7);
}

#[test]
fn softplus_keeps_its_error_over_all_exponents() {
    check(Softplus, -86.98..=f32::MAX, 3e-7);
}

#[test]
fn normal_cdf_keeps_its_error_over_all_exponents() {
    check(NormalCdf, -12.9..=f32::MAX, 5e-7);
}

#[test]
fn results_that_no_f32_can_hold_become_zero_or_infinite() {
    let inf = f32::INFINITY;
    let tiny = f32::from_bits(1);
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
        (Exp, tiny, 1.0),
        (ExpM1, inf, inf),
        (ExpM1, f32::MAX, inf),
        (ExpM1, 88.73, inf),
        (ExpM1, -inf, -1.0),
        (ExpM1, f32::MIN, -1.0),
        (ExpM1, 0.0, 0.0),
        (ExpM1, tiny, tiny),
        (ExpM1, -tiny, -tiny),
        (Ln, inf, inf),
        (Ln, 1.0, 0.0),
        (Ln, 0.0, -inf),
        (Ln, -0.0, -inf),
        (Tanh, inf, 1.0),
        (Tanh, -inf, -1.0),
        (Tanh, 0.0, 0.0),
        (Tanh, -0.0, 0.0),
        (Tanh, tiny, tiny),
        (Tanh, -f32::MIN_POSITIVE, -f32::MIN_POSITIVE),
        (Sigmoid, inf, 1.0),
        (Sigmoid, -inf, 0.0),
        (Sigmoid, f32::MIN, 0.0),
        (Sigmoid, 0.0, 0.5),
        (Sigmoid, -0.0, 0.5),
        (Softplus, inf, inf),
        (Softplus, f32::MAX, f32::MAX),
        (Softplus, -inf, 0.0),
        (Softplus, f32::MIN, 0.0),
        (NormalCdf, inf, 1.0),
        (NormalCdf, f32::MAX, 1.0),
        (NormalCdf, -inf, 0.0),
        (NormalCdf, f32::MIN, 0.0),
    ];
    for level in Level::available() {
        for (function, x, y) in cases {
            assert_eq!(
                at(level, function, x),
                y,
                "{function:?}({x:e}) on {level:?}"
            );
        }
    }
}

#[test]
fn nan_stays_nan_and_no_logarithm_of_a_negative_number_is_one() {
    for level in Level::available() {
        for function in ALL {
            let y = at(level, function, f32::NAN);
            assert!(y.is_nan(), "{function:?} on {level:?}");
        }
        for x in [-1.0, f32::MIN, f32::NEG_INFINITY, -f32::from_bits(1)] {
            assert!(at(level, Ln, x).is_nan(), "{x:e} on {level:?}");
        }
    }
}

/// `function(x)` is zero or right within `bound` for 2000 values from `first` down.
fn check_below(function: Function, first: f32, step: f32, bound: f64) {
    for level in Level::available() {
        for i in 0..2000 {
            let x = first - i as f32 * step;
            let y = f64::from(at(level, function, x));
            let exact = function.exact(f64::from(x));
            // Denormal numbers are multiples of the least one.
            let rounding = f64::from(f32::from_bits(1));
            let right = (y - exact).abs() <= bound * exact + rounding;
            assert!(y == 0.0 || right, "{function:?}({x}) = {y:e} on {level:?}");
        }
    }
}

#[test]
fn below_their_ranges_functions_give_zero_or_the_true_value() {
    check_below(Exp, -86.98, 1e-3, 2e-7);
    check_below(Softplus, -86.98, 1e-3, 3e-7);
    check_below(Sigmoid, -88.37, 1e-3, 2.5e-7);
    check_below(NormalCdf, -12.9, 1e-3, 5e-7);
}
