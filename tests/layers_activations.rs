//! Activations against PyTorch, plain formulas over the whole range of `f32`, and numbers worked by
//! hand.

mod harness;
#[path = "naive/activations.rs"]
mod naive;

use cnn_runtime::simd::Level;
use cnn_runtime::{Activation, Network, Role};
use harness::reference::Weighted;
use harness::{Batch, Precision, assert_close, infer, infer_single, spread};

harness::reference::reference_cases! {
    "activations";
    relu6_of_a_vector: (9 -> dense(33) -> relu6 -> 33);
    relu6_of_an_image: (2x3x5 -> conv<2x2>(3) -> relu6 -> conv<1x1>(1) -> 1x2x4);
    prelu_of_an_image: (3x2x5 -> prelu -> 3x2x5);
    prelu_of_a_wide_image: (2x3x19 -> prelu -> 2x3x19);
    prelu_of_many_channels: (5x3x4 -> conv<2x2>(17) -> prelu -> conv<1x1>(3) -> 3x2x3);
    prelu_of_a_vector: (7 -> dense(19) -> prelu -> 19);
    prelu_shared: (3x4x5 -> conv<2x2>(16) -> prelu(shared = true) -> conv<2x2>(2) -> 2x2x3);
    prelu_shared_by_a_vector: (5 -> prelu(shared = true) -> 5);
    prelu_shared_by_a_wide_image: (2x4x17 -> prelu(shared = true) -> 2x4x17);
    elu_of_an_image: (2x3x5 -> elu -> 2x3x5);
    elu_with_alpha: (9 -> dense(17) -> elu(alpha = 0.3) -> 17);
    elu_without_a_negative_part: (9 -> elu(alpha = 0.0) -> 9);
    selu_of_an_image: (3x4x4 -> conv<3x3>(4) -> selu -> 4x2x2);
    selu_of_a_vector: (31 -> selu -> 31);
    gelu_of_an_image: (2x3x5 -> gelu -> 2x3x5);
    gelu_between_convolutions:
        (2x4x18 -> conv<2x2>(3) -> gelu -> conv<2x2>(2) -> gelu -> 2x2x16);
    gelu_between_dense_layers: (5 -> dense(18) -> gelu -> dense(3) -> 3);
    gelu_approximate_of_an_image: (2x3x17 -> gelu(approximate = true) -> 2x3x17);
    gelu_approximate_behind_dense: (4 -> dense(9) -> gelu(approximate = true) -> 9);
    silu_of_an_image: (2x3x5 -> silu -> 2x3x5);
    silu_behind_a_convolution: (1x5x5 -> conv<2x2>(8) -> silu -> conv<2x2>(1) -> 1x3x3);
    mish_of_an_image: (2x3x5 -> mish -> 2x3x5);
    mish_behind_dense: (6 -> dense(16) -> mish -> 16);
    hard_sigmoid_of_an_image: (2x3x6 -> conv<1x1>(3) -> hard_sigmoid -> 3x3x6);
    hard_sigmoid_of_a_vector: (33 -> hard_sigmoid -> 33);
    hard_swish_of_an_image: (2x3x17 -> hard_swish -> 2x3x17);
    hard_swish_behind_a_convolution: (2x4x4 -> conv<3x3>(9) -> hard_swish -> 9x2x2);
    softplus_of_an_image: (2x3x5 -> softplus -> 2x3x5);
    softplus_with_beta: (6 -> dense(7) -> softplus(beta = 2.5) -> 7);
    softmax_of_a_vector: (10 -> softmax -> 10);
    softmax_of_a_long_vector: (13 -> dense(35) -> softmax -> dense(2) -> 2);
    softmax_of_one_element: (1 -> softmax -> 1);
    softmax_of_pixels: (3x2x3 -> softmax -> 3x2x3);
    softmax_of_many_pixels: (3x3x7 -> softmax -> 3x3x7);
    softmax_of_many_channels: (2x3x3 -> conv<2x2>(17) -> softmax -> 17x2x2);
    log_softmax_of_a_vector: (16 -> log_softmax -> 16);
    log_softmax_of_a_classifier: (9 -> dense(20) -> relu -> dense(5) -> log_softmax -> 5);
    log_softmax_of_pixels: (4x2x9 -> conv<1x1>(3) -> log_softmax -> 3x2x9);
    log_softmax_of_many_channels: (18x1x2 -> log_softmax -> 18x1x2);
}

/// A network of one activation, which is compared with the naive function of that name.
macro_rules! whole_range {
    ($(
        $name:ident: ($($layer:tt)*),
        relative $relative:expr, absolute $absolute:expr $(, zero below $zero:expr)?;
    )*) => {$(
        mod $name {
            cnn::network! { Net: 64 -> $($layer)* -> 64 }

            #[test]
            fn keeps_its_error_in_single_precision() {
                let zero = 0.0 $(+ $zero)?;
                super::check_range::<Net>(super::naive::$name, $relative, $absolute, zero);
            }
        }
    )*};
}

// The absolute part is for results near or below the least normal number, and where the argument of an
// exponential, rounded to 6e-8 of its size, is large. Zero are results `x · p` with a negligible `p`.
whole_range! {
    relu6: (relu6), relative 0.0, absolute 0.0;
    leaky_relu: (leaky_relu(slope = 0.1)), relative 1e-7, absolute 1e-44;
    elu: (elu), relative 3e-7, absolute 0.0;
    selu: (selu), relative 4e-7, absolute 1e-44;
    gelu: (gelu), relative 6e-7, absolute 4e-37, zero below 1.3e-19;
    gelu_approximate: (gelu(approximate = true)), relative 1e-6, absolute 1e-9;
    silu: (silu), relative 4e-7, absolute 4e-37, zero below 6.3e-19;
    mish: (mish), relative 1e-6, absolute 4e-36, zero below 6.3e-19;
    hard_sigmoid: (hard_sigmoid), relative 2e-7, absolute 6e-8;
    hard_swish: (hard_swish), relative 3e-7, absolute 2e-7;
    tanh: (tanh), relative 3e-7, absolute 0.0;
    sigmoid: (sigmoid), relative 2.5e-7, absolute 5e-39;
    softplus: (softplus), relative 3e-7, absolute 2e-38;
}

/// Numbers of every sign and exponent, and densely those around zero.
fn every_exponent() -> Vec<f32> {
    // 2^32 / 200,003 is 21,474; odd, so that all low bits occur.
    let coarse = (0..=u32::MAX).step_by(200_003).map(f32::from_bits);
    let fine = (-12_000..12_000).map(|i| i as f32 * 8e-3 + 1.3e-5);
    let mut samples: Vec<f32> = coarse.filter(|x| x.is_finite()).chain(fine).collect();
    samples.truncate(samples.len() / 64 * 64);
    samples
}

fn check_range<N: Network>(exact: fn(f64) -> f64, relative: f64, absolute: f64, zero: f64) {
    let numbers = every_exponent();
    let samples: Vec<&[f32]> = numbers.chunks(64).collect();
    for level in Level::available() {
        for found in [
            infer::<N, f32>(level, &[], &samples),
            infer_single::<N, f32>(level, &[], &samples),
        ] {
            for (&x, &y) in numbers.iter().zip(&found) {
                let exact = exact(f64::from(x));
                let close = (y - exact).abs() <= relative * exact.abs() + absolute
                    || y == 0.0 && exact.abs() < zero;
                // What no `f32` can hold may be infinite.
                let beyond = exact.abs() > f64::from(f32::MAX) && y.is_infinite();
                assert!(
                    close || beyond,
                    "f({x:e}) is {y:e} on {level:?}, expected {exact:e}"
                );
            }
        }
    }
}

cnn::network! { Slopes: 2x1x2 -> prelu -> 2x1x2 }
cnn::network! { TwoWays: 2 -> softmax -> 2 }
cnn::network! { TwoLogarithms: 2 -> log_softmax -> 2 }

/// What flows in and out of one sample, and what must come back.
struct ByHand<'a> {
    parameters: &'a [f64],
    input: &'a [f32],
    output: &'a [f64],
    d_output: &'a [f32],
    gradients: &'a [f64],
    d_input: &'a [f64],
}

impl ByHand<'_> {
    fn check<N: Network>(&self) {
        let batch = Batch::<N, _> {
            loss: &Weighted,
            samples: &[self.input],
            targets: &[self.d_output],
        };
        let close = |found: &[f64], expected: &[f64], what: &str| {
            assert_close(Precision::Double, found, expected, what);
        };
        for level in Level::available() {
            let found = batch.outcome::<f64>(level, self.parameters);
            close(&found.outputs, self.output, "output");
            close(&found.gradients, self.gradients, "gradients");
            close(&found.d_inputs, self.d_input, "input gradient");
        }
    }
}

#[test]
fn prelu_learns_from_negative_elements_only() {
    ByHand {
        parameters: &[0.25, 0.5],
        input: &[-2.0, 4.0, -6.0, -8.0],
        output: &[-0.5, 4.0, -3.0, -4.0],
        d_output: &[1.0, 3.0, 5.0, 7.0],
        // −2 · 1, and −6 · 5 − 8 · 7.
        gradients: &[-2.0, -86.0],
        d_input: &[0.25, 3.0, 2.5, 3.5],
    }
    .check::<Slopes>();
}

#[test]
fn softmax_shares_one_among_equals_and_its_gradients_sum_up_to_zero() {
    ByHand {
        parameters: &[],
        input: &[3.0, 3.0],
        output: &[0.5, 0.5],
        d_output: &[1.0, 0.0],
        gradients: &[],
        // ½ · (1 − ½) and ½ · (0 − ½).
        d_input: &[0.25, -0.25],
    }
    .check::<TwoWays>();
}

#[test]
fn log_softmax_is_its_logarithm() {
    ByHand {
        parameters: &[],
        input: &[3.0, 3.0],
        output: &[-(2f64.ln()), -(2f64.ln())],
        d_output: &[1.0, 0.0],
        gradients: &[],
        // 1 − ½ · 1 and 0 − ½ · 1.
        d_input: &[0.5, -0.5],
    }
    .check::<TwoLogarithms>();
}

cnn::network! { Chain: 4 -> dense(4) -> selu -> dense(4) -> gelu -> dense(4) -> hard_sigmoid -> 4 }

#[test]
fn weights_begin_as_the_activation_behind_them_wants() {
    let activations: Vec<_> = Chain::SPEC
        .parameters
        .iter()
        .filter_map(|tensor| match tensor.role {
            Role::Weight { activation, .. } => Some(activation),
            _ => None,
        })
        .collect();
    let [selu, gelu, hard_sigmoid] = [
        Activation::Linear,
        Activation::Rectifier,
        Activation::Saturating,
    ];
    assert_eq!(activations, [selu, gelu, hard_sigmoid]);
}

#[test]
fn slopes_begin_at_a_quarter() {
    assert_eq!(Slopes::new(1).prelu1().weight(), &[0.25, 0.25]);
}

/// All ways of inference on `samples` give `exact` of each.
fn check_inference<N: Network>(
    parameters: &[f64],
    sizes: usize,
    exact: impl Fn(&[f64]) -> Vec<f64>,
) {
    let samples: Vec<Vec<f32>> = (0..3).map(|n| spread(sizes, f64::from(n))).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let wide = |sample: &&[f32]| sample.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let expected: Vec<f64> = samples.iter().flat_map(|s| exact(&wide(s))).collect();
    for level in Level::available() {
        for found in [
            infer::<N, f64>(level, parameters, &samples),
            infer_single::<N, f64>(level, parameters, &samples),
        ] {
            assert_close(Precision::Double, &found, &expected, &format!("{level:?}"));
        }
    }
}

cnn::network! { WideSlopes: 3x5x7 -> prelu -> 3x5x7 }
cnn::network! { WidePixels: 5x3x7 -> softmax -> 5x3x7 }
cnn::network! { FewPixels: 19x1x3 -> log_softmax -> 19x1x3 }

#[test]
fn activations_over_channels_equal_the_plain_loops() {
    let slopes = [0.25, -0.5, 2.0];
    check_inference::<WideSlopes>(&slopes, 105, |x| naive::prelu(x, &slopes));
    check_inference::<WidePixels>(&[], 105, |x| naive::softmax(x, 5));
    let logarithm = |x: &[f64]| naive::softmax(x, 19).into_iter().map(f64::ln).collect();
    check_inference::<FewPixels>(&[], 57, logarithm);
}

cnn::network! { Distribution: 20 -> softmax -> 20 }
cnn::network! { Logarithms: 20 -> log_softmax -> 20 }

/// The 20 outputs, by inference on a block and on one sample, on every level.
fn outputs<N: Network>(input: &[f32; 20]) -> Vec<Vec<f64>> {
    Level::available()
        .flat_map(|level| {
            [
                infer::<N, f32>(level, &[], &[input]),
                infer_single::<N, f32>(level, &[], &[input]),
            ]
        })
        .collect()
}

#[test]
fn huge_elements_do_not_overflow_and_nan_is_not_hidden() {
    let mut input = [-3e38; 20];
    input[7] = 3e38;
    for found in outputs::<Distribution>(&input) {
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(c, &y)| y == f64::from(u8::from(c == 7)))
        );
    }
    for found in outputs::<Logarithms>(&input) {
        assert_eq!(found[7], 0.0);
        assert!(found[0] < -3e38, "{}", found[0]);
    }
    input[3] = f32::NAN;
    for found in outputs::<Distribution>(&input)
        .into_iter()
        .chain(outputs::<Logarithms>(&input))
    {
        assert!(found.iter().all(|y| y.is_nan()), "{found:?}");
    }
}
