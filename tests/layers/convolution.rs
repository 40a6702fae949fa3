//! One convolution alone against plain loops on a few odd shapes, and against numbers worked by hand.

use cnn_runtime::simd::Level;
use cnn_runtime::{Network, Role, Shape};

use crate::harness::reference::Weighted;
use crate::harness::{Batch, Outcome, Precision, assert_close, infer, infer_single, spread};
use crate::naive::{Convolution, circular, reflect, replicate};

/// Compares a network with what it should compute for samples and gradients of its output.
fn compare<N: Network>(
    parameters: &[f64],
    samples: &[&[f32]],
    d_outputs: &[&[f32]],
    expected: &Outcome,
) {
    let batch = Batch::<N, _> {
        loss: &Weighted,
        samples,
        targets: d_outputs,
    };
    let close = |found: &[f64], expected: &[f64], what: &str, level: Level| {
        let what = format!("{what} on {level:?}");
        assert_close(Precision::Double, found, expected, &what);
    };
    for level in Level::available() {
        let found = batch.outcome::<f64>(level, parameters);
        close(&found.outputs, &expected.outputs, "output", level);
        close(&found.gradients, &expected.gradients, "gradients", level);
        close(&found.d_inputs, &expected.d_inputs, "d_input", level);
        let blocks = infer::<N, f64>(level, parameters, samples);
        close(&blocks, &expected.outputs, "inference", level);
        let single = infer_single::<N, f64>(level, parameters, samples);
        close(&single, &expected.outputs, "one sample", level);
    }
}

/// Compares a network of one layer with the plain loops, on a full block and one sample more.
fn check<N: Network>(convolution: Convolution) {
    const SAMPLES: usize = 17;
    let parameters = spread(N::SPEC.parameter_count, 0.5);
    let inputs = spread(SAMPLES * N::Input::ELEMENTS, 1.0);
    let d_outputs = spread(SAMPLES * N::Output::ELEMENTS, 0.75);
    let samples: Vec<&[f32]> = inputs.chunks(N::Input::ELEMENTS).collect();
    let d_outputs: Vec<&[f32]> = d_outputs.chunks(N::Output::ELEMENTS).collect();
    let parameters = wide(&parameters);
    let mut expected = Outcome::zero(parameters.len());
    for (sample, d_output) in samples.iter().zip(&d_outputs) {
        let sample = wide(sample);
        let output = convolution.forward(&parameters, &sample);
        expected.outputs.extend(output);
        let gradients = &mut expected.gradients;
        let d_input = convolution.backward(&parameters, gradients, &sample, &wide(d_output));
        expected.d_inputs.extend(d_input);
    }
    compare::<N>(&parameters, &samples, &d_outputs, &expected);
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| f64::from(x)).collect()
}

macro_rules! loops {
    ($($name:ident: ($($declaration:tt)*), $convolution:expr;)*) => {$(
        mod $name {
            use super::*;

            cnn::network! { pub(crate) Net: $($declaration)* }

            #[test]
            fn equals_the_plain_loops() {
                check::<Net>($convolution);
            }
        }
    )*};
}

loops! {
    // Their gradients by the weights are computed in bands of rows, of which the last is lower.
    in_bands: (3x33x21 -> conv<3x3>(6, stride = 2x1, padding = 1) -> 6x17x21),
        Convolution {
            stride: [2, 1],
            before: [1, 1],
            ..Convolution::new([3, 33, 21], [6, 17, 21], [3, 3])
        };
    in_bands_by_channels: (8x19x20 -> conv<3x1>(9, padding = same) -> 9x19x20),
        Convolution {
            before: [1, 0],
            ..Convolution::new([8, 19, 20], [9, 19, 20], [3, 1])
        };
    dilated: (3x9x7 -> conv<3x2>(5, stride = 2x1, dilation = 3x2, padding = 2x1) -> 5x4x7),
        Convolution {
            stride: [2, 1],
            dilation: [3, 2],
            before: [2, 1],
            ..Convolution::new([3, 9, 7], [5, 4, 7], [3, 2])
        };
    grouped: (6x4x5 -> conv<2x3>(9, groups = 3, padding = (left = 2)) -> 9x3x5),
        Convolution { before: [0, 2], groups: 3, ..Convolution::new([6, 4, 5], [9, 3, 5], [2, 3]) };
    depthwise: (18x3x4 -> depthwise_conv<3x3>(2, stride = 2, padding = 1) -> 36x2x2),
        Convolution {
            stride: [2, 2],
            before: [1, 1],
            groups: 18,
            ..Convolution::new([18, 3, 4], [36, 2, 2], [3, 3])
        };
    depthwise_of_three_rows: (2x5x23 -> depthwise_conv<5x3>(padding = (top = 4, left = 1)) -> 2x5x22),
        Convolution { before: [4, 1], groups: 2, ..Convolution::new([2, 5, 23], [2, 5, 22], [5, 3]) };
    depthwise_of_more_taps_than_registers: (2x1x24 -> depthwise_conv<1x18>(padding = (left = 5)) -> 2x1x12),
        Convolution { before: [0, 5], groups: 2, ..Convolution::new([2, 1, 24], [2, 1, 12], [1, 18]) };
    reflected: (2x3x4 -> conv<3x3>(3, padding = 2x3, padding_mode = reflect) -> 3x5x8),
        Convolution { before: [2, 3], rim: reflect, ..Convolution::new([2, 3, 4], [3, 5, 8], [3, 3]) };
    replicated: (2x2x3 -> conv<3x3>(1, padding = 4x3, padding_mode = replicate) -> 1x8x7),
        Convolution { before: [4, 3], rim: replicate, ..Convolution::new([2, 2, 3], [1, 8, 7], [3, 3]) };
    wrapped: (1x3x5 -> depthwise_conv<2x2>(3, padding = (top = 3, right = 5), padding_mode = circular) -> 3x5x9),
        Convolution { before: [3, 0], rim: circular, ..Convolution::new([1, 3, 5], [3, 5, 9], [2, 2]) };
    three_columns: (7x3x6 -> conv<2x3>(9, padding = (top = 1, right = 2), padding_mode = reflect) -> 9x3x6),
        Convolution { before: [1, 0], rim: reflect, ..Convolution::new([7, 3, 6], [9, 3, 6], [2, 3]) };
    five_columns: (6x7x12 -> conv<5x5>(9) -> 9x3x8),
        Convolution::new([6, 7, 12], [9, 3, 8], [5, 5]);
    five_columns_with_a_rest: (17x5x9 -> conv<3x5>(18) -> 18x3x5),
        Convolution::new([17, 5, 9], [18, 3, 5], [3, 5]);
    five_columns_padding: (12x4x7 -> conv<4x5>(5, padding = 3) -> 5x7x9),
        Convolution { before: [3, 3], ..Convolution::new([12, 4, 7], [5, 7, 9], [4, 5]) };
    five_columns_at_the_sides: (7x2x6 -> conv<2x5>(6, padding = (left = 4, right = 1)) -> 6x1x7),
        Convolution { before: [0, 4], ..Convolution::new([7, 2, 6], [6, 1, 7], [2, 5]) };
    five_columns_circular: (6x6x7 -> conv<5x5>(6, padding = same, padding_mode = circular) -> 6x6x7),
        Convolution { before: [2, 2], rim: circular, ..Convolution::new([6, 6, 7], [6, 6, 7], [5, 5]) };
    three_columns_in_bands: (2x27x19 -> conv<3x3>(14, padding = same) -> 14x27x19),
        Convolution { before: [1, 1], ..Convolution::new([2, 27, 19], [14, 27, 19], [3, 3]) };
    squares_of_several_rows: (16x28x8 -> conv<3x3>(16, padding = same) -> 16x28x8),
        Convolution { before: [1, 1], ..Convolution::new([16, 28, 8], [16, 28, 8], [3, 3]) };
    squares_of_a_wide_image: (16x4x42 -> conv<3x3>(16, padding = (top = 2, left = 1, right = 2)) -> 16x4x43),
        Convolution { before: [2, 1], ..Convolution::new([16, 4, 42], [16, 4, 43], [3, 3]) };
    squares_of_many_channels: (77x4x17 -> conv<3x3>(16, padding = same) -> 16x4x17),
        Convolution { before: [1, 1], ..Convolution::new([77, 4, 17], [16, 4, 17], [3, 3]) };
    transposed: (4x3x4 -> transposed_conv<3x4>(
            6, stride = 2x3, padding = 1x2, dilation = 3x2, output_padding = [2, 1], groups = 2) -> 6x11x13),
        Convolution {
            stride: [2, 3],
            dilation: [3, 2],
            before: [1, 2],
            groups: 2,
            is_transposed: true,
            ..Convolution::new([4, 3, 4], [6, 11, 13], [3, 4])
        };
}

/// One sample worked by hand.
fn by_hand<N: Network>(
    parameters: &[f64],
    [input, d_output]: [&[f32]; 2],
    [output, gradients, d_input]: [&[f64]; 3],
) {
    let expected = Outcome {
        outputs: output.to_vec(),
        loss: 0.0,
        gradients: gradients.to_vec(),
        d_inputs: d_input.to_vec(),
    };
    compare::<N>(parameters, &[input], &[d_output], &expected);
}

cnn::network! { Dilated: 1x1x5 -> conv<1x2>(1, dilation = 3) -> 1x1x2 }

#[test]
fn dilation_multiplies_pixels_that_lie_apart() {
    by_hand::<Dilated>(
        &[2.0, 3.0, 0.5],
        [&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 2.0]],
        // 2·1 + 3·4 + ½ and 2·2 + 3·5 + ½.
        [&[14.5, 19.5], &[5.0, 14.0, 3.0], &[2.0, 4.0, 0.0, 3.0, 6.0]],
    );
}

cnn::network! { Grouped: 2x1x1 -> conv<1x1>(2, groups = 2) -> 2x1x1 }

#[test]
fn groups_do_not_see_each_other() {
    by_hand::<Grouped>(
        &[2.0, 3.0, 0.0, 1.0],
        [&[5.0, 7.0], &[1.0, 10.0]],
        [&[10.0, 22.0], &[5.0, 70.0, 1.0, 10.0], &[2.0, 30.0]],
    );
}

cnn::network! { Depthwise: 1x1x2 -> depthwise_conv<1x1>(2) -> 2x1x2 }

#[test]
fn a_multiplier_gives_each_channel_several_kernels() {
    by_hand::<Depthwise>(
        &[2.0, 3.0, 0.0, 1.0],
        [&[5.0, 7.0], &[1.0, 0.0, 0.0, 10.0]],
        [
            &[10.0, 14.0, 16.0, 22.0],
            &[5.0, 70.0, 1.0, 10.0],
            &[2.0, 30.0],
        ],
    );
}

cnn::network! { Reflected: 1x1x3 -> conv<1x3>(1, padding = [0, 1], padding_mode = reflect, bias = false) -> 1x1x3 }

#[test]
fn the_gradient_of_a_mirrored_pixel_goes_to_the_pixel() {
    by_hand::<Reflected>(
        &[1.0, 10.0, 100.0],
        // Seen as 2, 1, 2, 3, 2.
        [&[1.0, 2.0, 3.0], &[1.0, 0.0, 2.0]],
        [
            &[212.0, 321.0, 232.0],
            &[2.0 + 4.0, 1.0 + 6.0, 2.0 + 4.0],
            // The pixel in the middle is seen at both ends as well.
            &[10.0, 1.0 + 100.0 + 2.0 + 200.0, 20.0],
        ],
    );
}

cnn::network! { Transposed: 1x1x2 -> transposed_conv<1x3>(1, stride = 2) -> 1x1x5 }

#[test]
fn transposed_adds_up_kernels_where_they_overlap() {
    by_hand::<Transposed>(
        &[1.0, 2.0, 3.0, 0.5],
        [&[10.0, 100.0], &[1.0, 0.0, 2.0, 0.0, 4.0]],
        [
            &[10.5, 20.5, 30.0 + 100.0 + 0.5, 200.5, 300.5],
            // 10·1 + 100·2, then nothing, then 10·2 + 100·4; the bias sees every output.
            &[210.0, 0.0, 420.0, 7.0],
            &[1.0 + 6.0, 2.0 + 12.0],
        ],
    );
}

/// The multiply–accumulates of a network of one layer, and the fans of its weight.
fn counts<N: Network>() -> (u64, [usize; 2]) {
    let Role::Weight {
        fan_in, fan_out, ..
    } = N::SPEC.parameters[0].role
    else {
        panic!("the weight comes first")
    };
    (N::SPEC.forward_macs(), [fan_in, fan_out])
}

/// The fans are those of PyTorch's `_calculate_fan_in_and_fan_out`.
#[test]
fn products_and_fans_count_the_channels_of_one_group() {
    assert_eq!(counts::<grouped::Net>(), (135 * 12, [12, 54]));
    assert_eq!(counts::<depthwise::Net>(), (144 * 9, [9, 324]));
    assert_eq!(counts::<transposed::Net>(), (48 * 36, [36, 48]));
}
