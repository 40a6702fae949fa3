//! Norms of single samples against PyTorch, plain loops, and numbers worked by hand.

// A bias before a norm that removes it.
#![allow(deprecated)]

mod harness;
#[path = "naive/norms.rs"]
mod naive;

use cnn_runtime::Network;
use cnn_runtime::simd::Level;
use harness::reference::Weighted;
use harness::{Batch, Precision, assert_close, infer, infer_single, spread};

harness::reference::reference_cases! {
    "norms";
    layer_norm_of_a_vector: (17 -> layer_norm -> 17);
    layer_norm_of_two_elements: (2 -> layer_norm -> 2);
    layer_norm_of_an_image: (3x2x3 -> layer_norm -> 3x2x3);
    layer_norm_of_a_wide_image: (2x2x17 -> layer_norm -> 2x2x17);
    layer_norm_without_weights: (3x3x4 -> layer_norm(affine = false) -> 3x3x4);
    layer_norm_with_a_large_epsilon: (9 -> layer_norm(epsilon = 0.5) -> 9);
    layer_norm_between_dense_layers: (5 -> dense(19) -> layer_norm -> relu -> dense(3) -> 3);
    layer_norm_of_many_channels: (2x3x3 -> conv<2x2>(17) -> layer_norm -> conv<1x1>(16) -> 16x2x2);
    layer_norm_of_sixteen_channels: (3x3x3 -> conv<2x2>(16) -> layer_norm(affine = false) -> gelu
        -> conv<1x1>(16) -> 16x2x2);
    group_norm_of_an_image: (4x2x3 -> group_norm(2) -> 4x2x3);
    group_norm_of_one_group: (3x3x3 -> group_norm(1) -> 3x3x3);
    group_norm_of_each_channel: (3x2x9 -> group_norm(3) -> 3x2x9);
    group_norm_of_a_vector: (12 -> group_norm(3) -> 12);
    group_norm_of_a_long_vector: (7 -> dense(34) -> group_norm(2) -> tanh -> 34);
    group_norm_without_weights: (6x2x2 -> group_norm(3, affine = false) -> 6x2x2);
    group_norm_of_many_channels: (3x3x3 -> conv<2x2>(18) -> group_norm(6) -> relu -> conv<1x1>(16)
        -> 16x2x2);
    group_norm_with_epsilon: (4x3x3 -> conv<1x1>(16)
        -> group_norm(4, epsilon = 0.001, affine = false) -> silu -> conv<1x1>(16) -> 16x3x3);
    instance_norm_of_an_image: (3x2x3 -> instance_norm -> 3x2x3);
    instance_norm_of_a_row: (2x1x19 -> instance_norm(affine = true) -> 2x1x19);
    instance_norm_of_one_channel:
        (1x4x4 -> conv<3x3>(1) -> instance_norm(affine = true) -> tanh -> 1x2x2);
    instance_norm_of_many_channels: (2x3x4 -> conv<2x2>(17) -> instance_norm(affine = true) -> relu
        -> conv<1x1>(16) -> 16x2x3);
    instance_norm_without_weights: (2x4x5 -> conv<2x2>(16) -> instance_norm(epsilon = 0.01)
        -> conv<1x1>(16) -> 16x3x4);
    norms_in_a_row: (4x3x6 -> layer_norm -> conv<2x2>(8) -> group_norm(2) -> elu -> instance_norm
        -> 8x2x5);
}

cnn::network! { Pairs: 4 -> group_norm(2, epsilon = 1.0) -> 4 }

#[test]
fn group_norm_moves_every_group_to_zero_and_scales_it() {
    // The means are 1 and 4; the variances, with ε = 1 added, are 1 and 4.
    let deviation = 3f64.sqrt();
    let input = [1.0, 1.0, 4.0 - deviation as f32, 4.0 + deviation as f32];
    let exact = f64::from(input[3]) - 4.0;
    let scale = 1.0 / (exact * exact + 1.0).sqrt();
    let batch = Batch::<Pairs, _> {
        loss: &Weighted,
        samples: &[&input],
        targets: &[&[1.0, 0.0, 1.0, 0.0]],
    };
    // Weights 2, biases 10.
    let parameters = [2.0, 2.0, 2.0, 2.0, 10.0, 10.0, 10.0, 10.0];
    let normal = exact * scale;
    // g = (2, 0): the mean is 1, and that of g · n is −n; what is left of 2 − 1 − n² is 1 − n².
    let left = (1.0 - normal * normal) * scale;
    for level in Level::available() {
        let found = batch.outcome::<f64>(level, &parameters);
        let close = |found: &[f64], expected: &[f64], what: &str| {
            assert_close(Precision::Double, found, expected, what);
        };
        let output = [10.0, 10.0, 10.0 - 2.0 * normal, 10.0 + 2.0 * normal];
        close(&found.outputs, &output, "output");
        close(
            &found.gradients,
            &[0.0, 0.0, -normal, 0.0, 1.0, 0.0, 1.0, 0.0],
            "gradients",
        );
        close(&found.d_inputs, &[1.0, -1.0, left, -left], "input gradient");
    }
}

#[test]
fn weights_begin_at_one_and_biases_at_zero() {
    let net = Pairs::new(1);
    assert_eq!(net.group_norm1().weight(), &[1.0; 4]);
    assert_eq!(net.group_norm1().bias(), &[0.0; 4]);
}

cnn::network! { Wide: 6x3x7 -> group_norm(3) -> 6x3x7 }
cnn::network! { ManyChannels: 33x2x2 -> conv<1x1>(33) -> instance_norm -> conv<1x1>(33) -> 33x2x2 }

/// All ways of inference in a precision give `exact` of each sample.
fn check_inference<N: Network>(
    precision: Precision,
    parameters: &[f64],
    samples: &[&[f32]],
    exact: impl Fn(&[f64]) -> Vec<f64>,
) {
    let wide = |sample: &&[f32]| sample.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let expected: Vec<f64> = samples.iter().flat_map(|s| exact(&wide(s))).collect();
    for level in Level::available() {
        let found = match precision {
            Precision::Double => [
                infer::<N, f64>(level, parameters, samples),
                infer_single::<N, f64>(level, parameters, samples),
            ],
            Precision::Single | Precision::Beside(_) => [
                infer::<N, f32>(level, parameters, samples),
                infer_single::<N, f32>(level, parameters, samples),
            ],
        };
        for found in found {
            assert_close(precision, &found, &expected, &format!("{level:?}"));
        }
    }
}

#[test]
fn group_norm_equals_the_plain_loops() {
    let samples: Vec<Vec<f32>> = (0..3).map(|n| spread(126, f64::from(n))).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let weight = [1.0, -0.5, 2.0, 0.25, 1.5, 0.0];
    let bias = [0.0, 1.0, -1.0, 0.5, 0.25, 2.0];
    let parameters = [weight, bias].concat();
    for precision in [Precision::Double, Precision::Single] {
        check_inference::<Wide>(precision, &parameters, &samples, |x| {
            naive::affine(&naive::normalized(x, 42, 1e-5), &weight, &bias, 21)
        });
    }
}

#[test]
fn a_mean_far_from_zero_costs_no_more_digits_than_the_input_has() {
    // 1000 ± 1: the mean of squares less the square of the mean would leave two digits in `f32`.
    let sample: Vec<f32> = spread(126, 0.5).iter().map(|x| 1000.0 + x).collect();
    let parameters = [[1.0; 6], [0.0; 6]].concat();
    let mut exact = None;
    for level in Level::available() {
        for found in [
            infer::<Wide, f32>(level, &parameters, &[&sample]),
            infer_single::<Wide, f32>(level, &parameters, &[&sample]),
        ] {
            let exact = exact.get_or_insert_with(|| {
                let wide: Vec<f64> = sample.iter().map(|&x| f64::from(x)).collect();
                naive::normalized(&wide, 42, 1e-5)
            });
            for (&y, &exact) in found.iter().zip(&*exact) {
                // The mean of 42 numbers comes from sums of up to 10,500, each rounded by up to 5e-4,
                // some ten in each of four chains; that over 42, and over a deviation of 0.58.
                assert!(
                    (y - exact).abs() < 1e-3,
                    "{y} on {level:?}, expected {exact}"
                );
            }
        }
    }
}

#[test]
fn each_channel_of_many_has_mean_zero_and_variance_one() {
    let net = ManyChannels::new(3);
    let parameters: Vec<f64> = net.parameters().iter().map(|&p| f64::from(p)).collect();
    let (first, second) = parameters.split_at(33 * 34);
    let sample = spread(132, 0.25);
    check_inference::<ManyChannels>(Precision::Double, &parameters, &[&sample], |x| {
        let normal = naive::normalized(&pointwise(first, x), 4, 1e-5);
        pointwise(second, &normal)
    });
}

/// A convolution with a window of one pixel, over 33 channels of four pixels: weights, then biases.
fn pointwise(parameters: &[f64], x: &[f64]) -> Vec<f64> {
    let (weight, bias) = parameters.split_at(33 * 33);
    let value = |o: usize, pixel: usize| {
        let products = (0..33).map(|i| weight[o * 33 + i] * x[i * 4 + pixel]);
        bias[o] + products.sum::<f64>()
    };
    (0..132).map(|at| value(at / 4, at % 4)).collect()
}
