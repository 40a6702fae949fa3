//! Pools against PyTorch, against plain loops, and by hand where two elements are equal or one is NaN.

// Rows that a stride or a pool never reads are part of the cases.
#![allow(deprecated)]

mod harness;
#[path = "naive/links.rs"]
mod naive;

use cnn::prelude::*;
use cnn::simd::Level;
use harness::reference::Weighted;
use harness::{Batch, Outcome, infer};
use naive::{Links, check};

harness::reference::reference_cases! {
    "layers_pooling";
    max_with_a_remainder: (3x7x5 -> max_pool<2x2> -> 3x3x2);
    max_overlapping: (2x9x11 -> max_pool<3x3>(stride = 2) -> 2x4x5);
    max_padded_by_side: (2x4x6 -> max_pool<2x4>(stride = 2x1, padding = [0, 2]) -> 2x2x7);
    max_of_the_whole_input: (3x4x5 -> max_pool<4x5> -> 3x1x1);
    max_of_wide_lines: (1x7x33 -> max_pool<3x2>(stride = 2x1, padding = 1) -> 1x4x34);
    max_in_channels: (2x6x5 -> conv<1x1>(17) -> max_pool<3x3>(stride = 1, padding = 1) -> 17x6x5);
    max_behind_conv: (2x11x8 -> conv<3x2>(7) -> relu -> max_pool<2x2> -> 7x4x3);
    max_behind_padded_conv: (1x8x14 -> conv<5x5>(6, padding = 2) -> relu6 -> max_pool<2x2> -> 6x4x7);
    max_behind_conv_padded_by_side: (3x7x9
        -> conv<3x4>(5, padding = [2, 1]) -> relu -> max_pool<3x2> -> 5x3x4);
    max_behind_strided_conv: (3x13x17 -> conv<3x3>(13, stride = 2, padding = 1) -> max_pool<2x3> -> 13x3x3);
    max_behind_groups: (4x9x9
        -> conv<2x2>(10, groups = 2, dilation = 2) -> leaky_relu(0.2) -> max_pool<1x3> -> 10x7x2);
    max_behind_depthwise_conv: (5x8x8 -> conv1: depthwise_conv<3x3>(padding = 1) -> relu -> max_pool<4x4> -> 5x2x2);
    max_behind_a_rim: (2x6x8
        -> conv<5x5>(25, padding = 2, padding_mode = reflect) -> tanh -> max_pool<2x2> -> 25x3x4);
    max_behind_conv_without_bias: (3x6x12 -> conv<1x1>(17, bias = false) -> relu -> max_pool<6x1> -> 17x1x12);
    max_behind_wide_kernels: (2x8x15 -> conv<4x8>(3) -> relu -> max_pool<2x2> -> 3x2x4);
    max_behind_groups_without_padding: (4x7x9
        -> conv<2x3>(6, groups = 2) -> sigmoid -> max_pool<2x2> -> 6x3x3);
    max_behind_much_padding: (1x4x20 -> conv<2x2>(2, padding = 5) -> max_pool<2x2> -> relu6 -> 2x6x14);
    max_of_single_results: (2x3x4 -> conv<2x2>(3) -> max_pool<1x1> -> 3x2x3);
    max_of_wide_windows: (1x4x35 -> conv<1x1>(2) -> max_pool<1x16> -> 2x4x2);
    max_behind_windows_of_five: (8x6x7 -> conv<5x5>(17, padding = 2) -> max_pool<3x2> -> relu -> 17x2x3);
    max_behind_a_rest_of_one: (9x6x9 -> conv<3x3>(18, padding = 1) -> relu -> max_pool<2x4> -> 18x3x2);
    max_of_two_readers: (2x9x6 -> conv<2x2>(3, padding = 1) -> relu -> max_pool<2x2> -> residual(conv<1x1>(3))
        -> 3x5x3);
    max_behind_conv_by_winograd: (12x7x11
        -> conv<3x3>(13, padding = 1) -> relu -> max_pool<2x2> -> 13x3x5);
    max_behind_conv_by_winograd_and_elu: (11x8x13
        -> conv<3x3>(12, bias = false) -> elu -> max_pool<3x4> -> 12x2x2);
    max_behind_conv_of_a_signal: (2x41
        -> conv<5>(9, padding = 1) -> relu -> max_pool<2> -> conv<4>(3) -> max_pool<4> -> 3x4);
    average_padded: (2x6x7 -> avg_pool<3x3>(stride = 2, padding = 1) -> 2x3x4);
    average_without_padding:
        (2x6x7 -> avg_pool<3x3>(stride = 2, padding = 1, count_padding = false) -> 2x3x4);
    average_without_padding_of_wide_lines:
        (1x5x37 -> avg_pool<3x5>(stride = 2, padding = 1x2, count_padding = false) -> 1x3x19);
    average_without_padding_in_channels: (2x6x6 -> conv<1x1>(16)
        -> avg_pool<2x2>(stride = 1, padding = 1, count_padding = false) -> 16x7x7);
    average_without_any_padding: (3x5x4 -> avg_pool<2x2>(stride = 1, count_padding = false) -> 3x4x3);
    global_average_of_few_channels: (3x5x7 -> global_avg_pool -> 3);
    global_average_of_single_pixels: (8x1x1 -> global_avg_pool -> 8);
    global_average_in_channels: (2x6x5 -> conv<3x3>(17) -> global_avg_pool -> dense(3) -> 3);
    global_average_of_a_signal: (3x19 -> global_avg_pool -> 3);
    global_maximum_of_few_channels: (3x5x7 -> global_max_pool -> 3);
    global_maximum_of_less_than_a_register: (2x1x3 -> global_max_pool -> 2);
    global_maximum_in_channels: (2x6x5 -> conv<3x3>(17) -> relu -> global_max_pool -> dense(3) -> 3);
    global_maximum_of_a_signal: (3x37 -> global_max_pool -> 3);
    adaptive_that_divides: (3x6x8 -> adaptive_avg_pool<3x2> -> 3x3x2);
    adaptive_overlapping: (2x7x5 -> adaptive_avg_pool<3x4> -> 2x3x4);
    adaptive_to_more_pixels: (2x3x2 -> adaptive_avg_pool<5x4> -> 2x5x4);
    adaptive_to_one_pixel: (4x5x3 -> adaptive_avg_pool<1> -> 4x1x1);
    adaptive_in_channels: (2x8x8 -> conv<3x3>(16) -> adaptive_avg_pool<4x5> -> 16x4x5);
    adaptive_of_a_signal: (3x10 -> adaptive_avg_pool<4> -> 3x4);
}

cnn::network! {
    Overlapping: 2x5x6 -> max_pool<3x2>(stride = 2x1, padding = 1) -> 2x3x7
    Shares: 2x5x6 -> avg_pool<3x2>(stride = 2x1, padding = 1, count_padding = false) -> 2x3x7
    Largest: 3x3x7 -> global_max_pool -> 3
    Mean: 3x3x7 -> global_avg_pool -> 3
    Adaptive: 2x5x7 -> adaptive_avg_pool<3x4> -> 2x3x4
}

/// The inputs under each position of a window.
fn windows(
    [channels, height, width]: [usize; 3],
    window: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Vec<Vec<usize>> {
    let positions =
        |axis: usize, size: usize| (size + 2 * padding[axis] - window[axis]) / stride[axis] + 1;
    let mut windows = Vec::new();
    for c in 0..channels {
        for y in 0..positions(0, height) {
            for x in 0..positions(1, width) {
                let mut inputs = Vec::new();
                for row in y * stride[0]..y * stride[0] + window[0] {
                    for column in x * stride[1]..x * stride[1] + window[1] {
                        let is_row = (padding[0]..padding[0] + height).contains(&row);
                        if is_row && (padding[1]..padding[1] + width).contains(&column) {
                            let line = c * height + row - padding[0];
                            inputs.push(line * width + column - padding[1]);
                        }
                    }
                }
                windows.push(inputs);
            }
        }
    }
    windows
}

#[test]
fn pools_equal_the_plain_loops() {
    let overlapping = windows([2, 5, 6], [3, 2], [2, 1], [1, 1]);
    check::<Overlapping>(&Links::maxima(&overlapping));
    check::<Shares>(&Links::means(&overlapping));
    let channels = windows([3, 3, 7], [3, 7], [1, 1], [0, 0]);
    check::<Largest>(&Links::maxima(&channels));
    check::<Mean>(&Links::means(&channels));
}

#[test]
fn adaptive_windows_begin_and_end_as_in_pytorch() {
    // Of 5 rows to 3, and of 7 columns to 4.
    let (rows, columns) = ([0..2, 1..4, 3..5], [0..2, 1..4, 3..6, 5..7]);
    let mut windows = Vec::new();
    for c in 0..2 {
        for rows in rows.clone() {
            for columns in columns.clone() {
                let line = |y: usize| columns.clone().map(move |x| (c * 5 + y) * 7 + x);
                windows.push(rows.clone().flat_map(line).collect());
            }
        }
    }
    check::<Adaptive>(&Links::means(&windows));
}

cnn::network! {
    // The second layer's single-sample form follows from the first: rows, or channels in the lanes.
    Rows: 1x2x18 -> max_pool<2x2> -> 1x1x9
    Lanes: 1x2x4 -> conv<1x1>(16, bias = false) -> max_pool<2x2> -> 16x1x2
    Whole: 1x2x4 -> global_max_pool -> 1
}

#[test]
fn max_pool_sends_gradient_to_first_maximum() {
    // 5 5 1 2
    // 5 0 2 2
    let sample = [5.0, 5.0, 1.0, 2.0, 5.0, 0.0, 2.0, 2.0];
    let (outputs, gradients) = naive::outputs_and_gradients::<Whole>(&sample, &[3.0]);
    assert_eq!(outputs, [5.0]);
    assert_eq!(gradients, [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);

    // Two rows of 18 zeros, but for three equal maxima in the second window: at its upper right, and
    // both below.
    let mut rows = [0.0; 36];
    for place in [3, 18 + 2, 18 + 3] {
        rows[place] = 1.0;
    }
    let (outputs, gradients) = naive::outputs_and_gradients::<Rows>(&rows, &[1.0; 9]);
    assert_eq!(outputs, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let receiving: Vec<usize> = (0..36).filter(|&i| gradients[i] != 0.0).collect();
    assert_eq!(receiving, [0, 3, 4, 6, 8, 10, 12, 14, 16]);
}

#[test]
fn a_pool_keeps_nan_wherever_it_stands() {
    for place in 0..4 {
        let mut sample = [0.5f32; 36];
        sample[[0, 1, 18, 19][place]] = f32::NAN;
        naive::assert_nan::<Rows>(&[], &sample, 0);
        let mut sample = [0.5f32; 8];
        sample[[0, 1, 4, 5][place]] = f32::NAN;
        naive::assert_nan::<Lanes>(&[1.0; 16], &sample, 0);
        naive::assert_nan::<Whole>(&[], &sample, 0);
    }
}

cnn::network! {
    // A view keeps the layers apart, so that the pool finds the largest among all results again.
    Joined: 1x9x13 -> conv<5x4>(5, padding = 2) -> relu6 -> max_pool<2x3> -> 5x4x4
    Apart: 1x9x13 -> conv<5x4>(5, padding = 2) -> relu6 -> reshape(5x9x14) -> max_pool<2x3> -> 5x4x4
    JoinedWithoutPadding: 1x9x13 -> conv<2x6>(5) -> relu -> max_pool<2x2> -> 5x4x4
    ApartWithoutPadding: 1x9x13 -> conv<2x6>(5) -> relu -> reshape(5x8x8) -> max_pool<2x2> -> 5x4x4
    JoinedWithoutActivation: 1x9x13 -> conv<5x4>(5, padding = 2) -> max_pool<2x3> -> 5x4x4
    ApartWithoutActivation: 1x9x13
        -> conv<5x4>(5, padding = 2) -> reshape(5x9x14) -> max_pool<2x3> -> 5x4x4
}

/// Bits of numbers, equal for all NaN.
fn bits(numbers: &[f64]) -> Vec<u64> {
    let bits = |&x: &f64| if x.is_nan() { u64::MAX } else { x.to_bits() };
    numbers.iter().map(bits).collect()
}

fn compare_joined<Joined: Network, Apart: Network>(samples: &[&[f32]]) {
    // Of small whole numbers many sums are equal.
    let small = |n: usize, numbers: usize| ((n * 7 + n / 5) % numbers) as f32 - 1.0;
    let parameters: Vec<f64> = (0..Joined::SPEC.parameter_count)
        .map(|n| f64::from(small(n, 3)))
        .collect();
    let weights: Vec<f32> = (0..80).map(|n| small(n, 6) + 0.5).collect();
    let targets = vec![&weights[..]; samples.len()];
    for level in Level::available() {
        let joined = Batch::<Joined, _> {
            loss: &Weighted,
            samples,
            targets: &targets,
        };
        let joined = joined.outcome::<f64>(level, &parameters);
        let apart = Batch::<Apart, _> {
            loss: &Weighted,
            samples,
            targets: &targets,
        };
        let apart = apart.outcome::<f64>(level, &parameters);
        let of = |outcome: &Outcome| {
            [&outcome.outputs, &outcome.gradients, &outcome.d_inputs].map(|all| bits(all))
        };
        assert_eq!(of(&joined), of(&apart), "{level:?}");
        let [joined, apart] = [
            infer::<Joined, f64>(level, &parameters, samples),
            infer::<Apart, f64>(level, &parameters, samples),
        ];
        assert_eq!(bits(&joined), bits(&apart), "inference on {level:?}");
    }
}

#[test]
fn the_largest_results_of_a_convolution_are_those_that_a_pool_finds() {
    let finite: Vec<f32> = (0..17 * 117)
        .map(|n| ((n * 5 + n / 13) % 4) as f32 - 1.0)
        .collect();
    let mut broken = finite.clone();
    for (place, number) in [
        (0, f32::NAN),
        (200, f32::INFINITY),
        (300, f32::NEG_INFINITY),
        (350, f32::NAN),
    ] {
        broken[place] = number;
    }
    for numbers in [&finite, &broken] {
        let samples: Vec<&[f32]> = numbers.chunks(117).collect();
        compare_joined::<Joined, Apart>(&samples);
        compare_joined::<JoinedWithoutActivation, ApartWithoutActivation>(&samples);
    }
    // Zero gradients are not multiplied here, on levels with many registers not even with NaN.
    let samples: Vec<&[f32]> = finite.chunks(117).collect();
    compare_joined::<JoinedWithoutPadding, ApartWithoutPadding>(&samples);
}
