//! Every layer with every option and odd shape against plain loops, on every level, and against
//! differences of the loss.
//!
//! All of it in `f64`: `f32` differs by the scalar alone and is compared in `tests/optimized/pytorch.rs`.

// Rows that a stride or a pool never reads are part of the cases.
#![allow(deprecated)]

#[path = "layers/by_hand.rs"]
mod by_hand;
mod harness;
mod naive;

use cnn_runtime::gradcheck::GradientCheck;
use cnn_runtime::loss::{Loss, MeanSquaredError};
use cnn_runtime::simd::{Level, Scalar};
use cnn_runtime::{Network, Shape, Spec, Values};
use harness::{Batch, Outcome, Precision, assert_close, infer, infer_single, spread};
use naive::{Layer, avg_pool, conv, dense, leaky_relu, max_pool, relu, sigmoid, tanh};

/// One test per line: `name: (declaration), [the same layers for the plain loops];`, perhaps with attributes.
macro_rules! cases {
    ($($(#[$attribute:meta])* $name:ident: ($($declaration:tt)*), [$($layer:expr),*];)*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            cnn::network! { Net: $($declaration)* }

            #[test]
            fn equals_the_plain_loops() {
                check(Net::new(1), &[$($layer),*]);
            }
        }
    )*};
}

cases! {
    conv_of_one_pixel: (1x1x1 -> conv<1x1>(1) -> 1x1x1), [conv(1, [1, 1])];
    conv_of_one_channel: (1x6x6 -> conv<3x3>(1) -> 1x4x4), [conv(1, [3, 3])];
    conv_of_odd_channels: (3x7x6 -> conv<3x3>(5) -> 5x5x4), [conv(5, [3, 3])];
    conv_of_a_row: (2x1x19 -> conv<1x4>(3) -> 3x1x16), [conv(3, [1, 4])];
    conv_of_a_column: (2x9x1 -> conv<3x1>(3) -> 3x7x1), [conv(3, [3, 1])];
    conv_of_the_whole_input: (2x4x3 -> conv<4x3>(3) -> 3x1x1), [conv(3, [4, 3])];
    conv_with_a_flat_window: (2x6x9 -> conv<1x3>(4) -> 4x6x7), [conv(4, [1, 3])];
    conv_with_a_tall_window: (1x8x5 -> conv<5x2>(3) -> 3x4x4), [conv(3, [5, 2])];
    conv_with_an_even_window: (2x6x7 -> conv<4x2>(3) -> 3x3x6), [conv(3, [4, 2])];
    conv_without_bias: (3x5x5 -> conv<2x2>(4, bias = false) -> 4x4x4),
        [conv(4, [2, 2]).without_bias()];
    conv_stride: (2x9x9 -> conv<3x3>(4, stride = 2) -> 4x4x4), [conv(4, [3, 3]).stride(2, 2)];
    conv_stride_with_a_remainder: (2x8x10 -> conv<3x3>(3, stride = 2) -> 3x3x4),
        [conv(3, [3, 3]).stride(2, 2)];
    conv_stride_by_side: (1x7x11 -> conv<3x2>(2, stride = 2x3) -> 2x3x4),
        [conv(2, [3, 2]).stride(2, 3)];
    conv_stride_wider_than_the_window: (2x8x7 -> conv<2x1>(3, stride = 3) -> 3x3x3),
        [conv(3, [2, 1]).stride(3, 3)];
    conv_valid: (2x5x6 -> conv<3x3>(3, padding = valid) -> 3x3x4), [conv(3, [3, 3])];
    conv_same: (3x5x6 -> conv<3x3>(4, padding = same) -> 4x5x6),
        [conv(4, [3, 3]).padding([1, 1, 1, 1])];
    conv_same_wide: (1x7x9 -> conv<5x7>(2, padding = same) -> 2x7x9),
        [conv(2, [5, 7]).padding([2, 2, 3, 3])];
    conv_same_even: (2x5x6 -> conv<2x4>(3, padding = same) -> 3x5x6),
        [conv(3, [2, 4]).padding([0, 1, 1, 2])];
    conv_padding: (2x4x5 -> conv<3x3>(3, padding = 1) -> 3x4x5),
        [conv(3, [3, 3]).padding([1, 1, 1, 1])];
    conv_padding_by_side: (2x4x5 -> conv<3x5>(3, padding = [0, 2]) -> 3x2x5),
        [conv(3, [3, 5]).padding([0, 0, 2, 2])];
    conv_padding_up_to_the_window: (1x4x5 -> conv<3x3>(2, padding = 2) -> 2x6x7),
        [conv(2, [3, 3]).padding([2, 2, 2, 2])];
    conv_padding_wider_than_the_step: (2x5x6 -> conv<5x5>(2, stride = 2, padding = 4) -> 2x5x5),
        [conv(2, [5, 5]).stride(2, 2).padding([4, 4, 4, 4])];
    conv_padding_around_less_than_a_window: (2x2x3 -> conv<5x5>(3, padding = 2) -> 3x2x3),
        [conv(3, [5, 5]).padding([2, 2, 2, 2])];
    conv_padding_and_stride_with_a_remainder:
        (3x6x8 -> conv<3x3>(4, stride = 2, padding = 1) -> 4x3x4),
        [conv(4, [3, 3]).stride(2, 2).padding([1, 1, 1, 1])];
    conv_of_eight_channels: (8x5x6 -> conv<3x3>(16) -> 16x3x4), [conv(16, [3, 3])];
    conv_of_sixteen_channels: (16x6x5 -> conv<3x3>(8, padding = same) -> 8x6x5),
        [conv(8, [3, 3]).padding([1, 1, 1, 1])];
    conv_of_points_with_stride: (5x7x6 -> conv<1x1>(7, stride = 2) -> 7x4x3),
        [conv(7, [1, 1]).stride(2, 2)];
    conv_of_points_with_padding: (3x2x3 -> conv<1x1>(4, padding = 1) -> 4x4x5),
        [conv(4, [1, 1]).padding([1, 1, 1, 1])];
    conv_of_many_channels: (17x3x3 -> conv<1x1>(33) -> 33x3x3), [conv(33, [1, 1])];
    conv_of_a_wide_image_of_few_channels: (2x5x40 -> conv<3x5>(3) -> relu -> 3x3x36),
        [conv(3, [3, 5]), relu()];
    conv_of_a_wide_padded_image: (1x4x21 -> conv<3x3>(2, padding = same) -> tanh -> 2x4x21),
        [conv(2, [3, 3]).padding([1, 1, 1, 1]), tanh()];
    conv_of_a_wide_unevenly_padded_image:
        (2x4x40 -> conv<2x6>(3, bias = false, padding = (left = 4, right = 1, bottom = 2)) -> 3x5x40),
        [conv(3, [2, 6]).padding([0, 2, 4, 1]).without_bias()];
    conv_of_a_wide_image_to_pool_and_channels: (1x10x23 -> conv<3x3>(3) -> relu -> max_pool<2x2>
            -> conv<2x2>(16) -> relu -> avg_pool<2x2>(stride = 1) -> 16x2x8),
        [conv(3, [3, 3]), relu(), max_pool([2, 2]), conv(16, [2, 2]), relu(), avg_pool([2, 2]).stride(1, 1)];
    wide_activations: (2x3x19 -> tanh -> conv<1x1>(2) -> sigmoid -> 2x3x19), [tanh(), conv(2, [1, 1]), sigmoid()];
    wide_average_padded: (1x7x33 -> conv<1x2>(2) -> avg_pool<3x3>(stride = 2, padding = 1) -> 2x4x16),
        [conv(2, [1, 2]), avg_pool([3, 3]).stride(2, 2).padding([1, 1, 1, 1])];
    wide_maximum_padded: (1x7x33 -> conv<1x2>(2) -> max_pool<3x2>(stride = 2x1, padding = 1) -> 2x4x33),
        [conv(2, [1, 2]), max_pool([3, 2]).stride(2, 1).padding([1, 1, 1, 1])];
    conv_of_a_wide_image: (1x4x37 -> conv<3x3>(2) -> 2x2x35), [conv(2, [3, 3])];
    conv_after_conv: (2x9x8 -> conv<3x3>(3) -> conv<2x2>(4, stride = 2) -> 4x3x3),
        [conv(3, [3, 3]), conv(4, [2, 2]).stride(2, 2)];

    dense_of_one: (1 -> dense(1) -> 1), [dense(1)];
    dense_of_odd_sizes: (7 -> dense(5) -> 5), [dense(5)];
    dense_of_whole_registers: (16 -> dense(32) -> 32), [dense(32)];
    dense_of_many: (131 -> dense(67) -> 67), [dense(67)];
    dense_without_bias: (10 -> dense(3, bias = false) -> 3), [dense(3).without_bias()];
    dense_after_dense: (9 -> dense(12) -> dense(2) -> 2), [dense(12), dense(2)];
    dense_after_flatten: (3x2x5 -> flatten -> dense(4) -> 4), [dense(4)];

    max_pool_square: (3x6x8 -> max_pool<2x2> -> 3x3x4), [max_pool([2, 2])];
    max_pool_with_a_remainder: (2x7x5 -> max_pool<2x2> -> 2x3x2), [max_pool([2, 2])];
    max_pool_overlapping: (2x7x9 -> max_pool<3x3>(stride = 2) -> 2x3x4),
        [max_pool([3, 3]).stride(2, 2)];
    max_pool_every_step: (2x5x4 -> max_pool<3x2>(stride = 1) -> 2x3x3),
        [max_pool([3, 2]).stride(1, 1)];
    max_pool_with_gaps: (1x8x9 -> max_pool<2x2>(stride = 3) -> 1x3x3),
        [max_pool([2, 2]).stride(3, 3)];
    max_pool_padded: (2x6x7 -> max_pool<3x3>(stride = 2, padding = 1) -> 2x3x4),
        [max_pool([3, 3]).stride(2, 2).padding([1, 1, 1, 1])];
    max_pool_padding_by_side: (2x4x6 -> max_pool<2x4>(stride = 2x1, padding = [0, 2]) -> 2x2x7),
        [max_pool([2, 4]).stride(2, 1).padding([0, 0, 2, 2])];
    max_pool_of_the_whole_input: (3x4x5 -> max_pool<4x5> -> 3x1x1), [max_pool([4, 5])];
    max_pool_of_single_pixels: (2x3x3 -> max_pool<1x1> -> 2x3x3), [max_pool([1, 1])];

    max_pool_of_many_channels: (19x3x37 -> max_pool<2x2> -> 19x1x18), [max_pool([2, 2])];
    max_pool_by_four_columns: (18x4x38 -> max_pool<3x5>(stride = 2x4, padding = 1x2) -> 18x2x10),
        [max_pool([3, 5]).stride(2, 4).padding([1, 1, 2, 2])];
    avg_pool_to_channels: (5x3x19 -> avg_pool<3x3>(stride = 2, padding = 1) -> conv<1x1>(17) -> 17x2x10),
        [avg_pool([3, 3]).stride(2, 2).padding([1, 1, 1, 1]), conv(17, [1, 1])];
    avg_pool_of_many_channels: (33x4x9 -> avg_pool<2x1> -> 33x2x9), [avg_pool([2, 1])];

    avg_pool_square: (3x6x8 -> avg_pool<2x2> -> 3x3x4), [avg_pool([2, 2])];
    avg_pool_with_a_remainder: (2x7x5 -> avg_pool<2x3> -> 2x3x1), [avg_pool([2, 3])];
    avg_pool_overlapping: (2x7x9 -> avg_pool<3x3>(stride = 2) -> 2x3x4),
        [avg_pool([3, 3]).stride(2, 2)];
    avg_pool_with_gaps: (1x8x9 -> avg_pool<2x2>(stride = 3x4) -> 1x3x2),
        [avg_pool([2, 2]).stride(3, 4)];
    avg_pool_padded: (2x6x7 -> avg_pool<3x3>(stride = 2, padding = 1) -> 2x3x4),
        [avg_pool([3, 3]).stride(2, 2).padding([1, 1, 1, 1])];
    avg_pool_of_the_whole_input: (3x4x5 -> avg_pool<4x5> -> 3x1x1), [avg_pool([4, 5])];

    relu_of_an_image: (2x3x5 -> relu -> 2x3x5), [relu()];
    relu_of_a_vector: (17 -> relu -> 17), [relu()];
    leaky_relu_of_an_image: (2x3x5 -> leaky_relu(slope = 0.1) -> 2x3x5), [leaky_relu()];
    tanh_of_an_image: (2x3x5 -> tanh -> 2x3x5), [tanh()];
    tanh_of_a_vector: (3 -> tanh -> 3), [tanh()];
    sigmoid_of_an_image: (2x3x5 -> sigmoid -> 2x3x5), [sigmoid()];

    conv_relu: (2x6x6 -> conv<3x3>(3) -> relu -> 3x4x4), [conv(3, [3, 3]), relu()];
    conv_relu_pool: (2x8x8 -> conv<3x3>(5) -> relu -> max_pool<2x2> -> 5x3x3),
        [conv(5, [3, 3]), relu(), max_pool([2, 2])];
    conv_relu_pool_with_a_remainder: (1x9x7 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> 4x3x2),
        [conv(4, [3, 3]), relu(), max_pool([2, 2])];
    squares_to_pool: (16x4x8 -> conv<3x3>(16, padding = same) -> relu -> max_pool<2x2> -> 16x2x4),
        [conv(16, [3, 3]).padding([1, 1, 1, 1]), relu(), max_pool([2, 2])];
    squares_to_windows_with_a_rest: (9x6x9 -> conv<3x3>(18, padding = 1) -> tanh -> max_pool<2x4> -> 18x3x2),
        [conv(18, [3, 3]).padding([1, 1, 1, 1]), tanh(), max_pool([2, 4])];
    // Of one sample too, which takes more channels, and more than plain loops compute without optimization.
    #[cfg(not(debug_assertions))]
    squares_of_one_sample: (33x10x15 -> conv<3x3>(40, padding = same) -> tanh -> max_pool<4x2> -> 40x2x7),
        [conv(40, [3, 3]).padding([1, 1, 1, 1]), tanh(), max_pool([4, 2])];
    // One sample in two bands of seven rows of tiles, the last of which no window needs.
    #[cfg(not(debug_assertions))]
    squares_in_bands: (16x55x32 -> conv<3x3>(16, padding = same) -> relu -> max_pool<4x2> -> 16x13x16),
        [conv(16, [3, 3]).padding([1, 1, 1, 1]), relu(), max_pool([4, 2])];
    conv_relu_overlapping_pool: (1x9x9 -> conv<3x3>(4) -> relu -> max_pool<3x3>(stride = 2) -> 4x3x3),
        [conv(4, [3, 3]), relu(), max_pool([3, 3]).stride(2, 2)];
    conv_pool_relu: (1x8x8 -> conv<3x3>(4) -> max_pool<2x2> -> relu -> 4x3x3),
        [conv(4, [3, 3]), max_pool([2, 2]), relu()];
    conv_leaky_relu_pool: (2x8x8 -> conv<3x3>(3) -> leaky_relu(slope = 0.1) -> max_pool<2x2> -> 3x3x3),
        [conv(3, [3, 3]), leaky_relu(), max_pool([2, 2])];
    conv_tanh_average: (1x7x8 -> conv<2x3>(3) -> tanh -> avg_pool<3x2> -> 3x2x3),
        [conv(3, [2, 3]), tanh(), avg_pool([3, 2])];
    pool_conv: (2x8x8 -> max_pool<2x2> -> conv<3x3>(3, padding = same) -> sigmoid -> 3x4x4),
        [max_pool([2, 2]), conv(3, [3, 3]).padding([1, 1, 1, 1]), sigmoid()];
    two_filters: (1x8x9 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1, padding = same) -> tanh
            -> 1x8x9),
        [conv(1, [3, 3]).padding([1, 1, 1, 1]), tanh(), conv(1, [3, 3]).padding([1, 1, 1, 1]), tanh()];
    conv_to_dense: (2x6x5 -> conv<3x3>(4) -> relu -> flatten -> dense(7) -> relu -> dense(3) -> 3),
        [conv(4, [3, 3]), relu(), dense(7), relu(), dense(3)];
    two_convs_to_dense: (1x12x12 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> conv<2x2>(8) -> relu
            -> max_pool<2x2> -> flatten -> dense(10) -> tanh -> dense(5) -> 5),
        [conv(4, [3, 3]), relu(), max_pool([2, 2]), conv(8, [2, 2]), relu(), max_pool([2, 2]),
         dense(10), tanh(), dense(5)];
}

/// Compares a network with the same layers as plain loops, and its gradients with differences of the
/// mean squared error.
fn check<N>(mut net: N, layers: &[Layer])
where
    N: Network<Scalar = f32>,
    MeanSquaredError: Loss<N::Output, Target = Values<N::Output>>,
{
    let parameters = parameters(N::SPEC);
    net.parameters_mut().copy_from_slice(&parameters);
    // One sample; a full block and one lane of a second.
    for size in [1, 17] {
        let data = Data::new::<N>(size);
        let (samples, targets) = (data.samples(), data.targets());
        let wide: Vec<f64> = parameters.iter().map(|&p| f64::from(p)).collect();
        let expected = naive::step(layers, image(N::SPEC.input), &wide, &samples, &targets);
        let batch = Batch {
            loss: &MeanSquaredError,
            samples: &samples,
            targets: &targets,
        };
        for level in Level::available() {
            compare_training::<N, _, f64>(level, Precision::Double, batch, &wide, &expected);
            compare_inference::<N>(level, &samples, &wide, &expected.outputs);
        }
    }
    // On the fastest level; the gradients of the others equal its own by the comparison above.
    let data = Data::new::<N>(3);
    let check = GradientCheck::new().max_entries_per_tensor(24);
    let report = check.run(&net, &MeanSquaredError, &data.samples(), &data.targets());
    let report = report.expect("the batch fits the network and the loss");
    assert!(report.passed(), "{report}");
}

/// Parameters without a pattern, of a size that keeps the scale of the values: a saturated `tanh`
/// would lose its slope in the rounding of `f32`.
fn parameters(spec: &Spec) -> Vec<f32> {
    let mut parameters = spread(spec.parameter_count, 0.25);
    for tensor in spec.parameters {
        let fan_in: usize = tensor.shape[1..].iter().product();
        let scale = 1.0 / (fan_in as f32).sqrt();
        parameters[tensor.range()]
            .iter_mut()
            .for_each(|p| *p *= scale);
    }
    parameters
}

fn compare_training<N: Network, L: Loss<N::Output>, T: Scalar>(
    level: Level,
    precision: Precision,
    batch: Batch<'_, '_, N, L>,
    parameters: &[f64],
    expected: &Outcome,
) {
    let close = |found: &[f64], expected: &[f64], what: &str| {
        let size = batch.samples.len();
        let what = format!("{what} of {size} samples on {level:?} in {precision:?}");
        assert_close(precision, found, expected, &what);
    };
    let found = batch.outcome::<T>(level, parameters);
    close(&found.outputs, &expected.outputs, "the output");
    close(&[found.loss], &[expected.loss], "the loss");
    close(&found.d_inputs, &expected.d_inputs, "the input gradient");
    for tensor in N::SPEC.parameters {
        let [found, expected] = [&found, expected].map(|o| &o.gradients[tensor.range()]);
        close(found, expected, tensor.name);
    }
}

/// Inference in `f32` alone: `f64` is there for the gradient check, and every scalar costs seconds of
/// compile time. (`tests/optimized/pytorch.rs` has both.)
fn compare_inference<N: Network>(
    level: Level,
    samples: &[&[f32]],
    parameters: &[f64],
    expected: &[f64],
) {
    let size = samples.len();
    let outputs = infer::<N, f64>(level, parameters, samples);
    let what = format!("the inferred output of {size} samples on {level:?}");
    assert_close(Precision::Double, &outputs, expected, &what);
    let outputs = infer_single::<N, f64>(level, parameters, samples);
    let what = format!("the output of {size} single samples on {level:?}");
    assert_close(Precision::Double, &outputs, expected, &what);
}

/// A shape as an image; a vector is an image of single pixels.
fn image(sizes: &[usize]) -> [usize; 3] {
    match *sizes {
        [channels, height, width] => [channels, height, width],
        [elements] => [elements, 1, 1],
        _ => panic!("a shape has one or three sizes"),
    }
}

/// A batch for the mean squared error.
struct Data {
    samples: Vec<Vec<f32>>,
    targets: Vec<Vec<f32>>,
}

impl Data {
    fn new<N: Network>(size: usize) -> Self {
        let spread = |elements, n| spread(elements, n as f64 * 0.37 + size as f64);
        let samples = (0..size).map(|n| spread(N::Input::ELEMENTS, n)).collect();
        let targets = (0..size)
            .map(|n| spread(N::Output::ELEMENTS, n + 1))
            .collect();
        Self { samples, targets }
    }

    fn samples(&self) -> Vec<&[f32]> {
        self.samples.iter().map(Vec::as_slice).collect()
    }

    fn targets(&self) -> Vec<&[f32]> {
        self.targets.iter().map(Vec::as_slice).collect()
    }
}
