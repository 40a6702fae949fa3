//! Networks that are trained one sample at a time against the same layers in blocks of sixteen, which the
//! other tests compare with plain loops and PyTorch.
//!
//! Their images are large, for it is those that are trained so. Blocks are of sixteen where some layer has no
//! other form: here a pool of one pixel, which changes nothing.

// That such a pool does nothing is the point.
#![allow(deprecated)]

#[path = "../harness/mod.rs"]
mod harness;

use cnn::prelude::*;
use cnn_runtime::gradcheck::GradientCheck;
use cnn_runtime::simd::{Level, Scalar};
use harness::{Batch, Outcome, Precision, assert_close, infer, infer_single, spread};

/// `name: shape, (layers);` as a network of blocks of one sample and one of blocks of sixteen.
macro_rules! cases {
    ($($name:ident: $input:tt, ($($layers:tt)*);)*) => {$(
        mod $name {
            cnn::network! {
                pub(crate) One: $input -> $($layers)*
                Sixteen: $input -> max_pool<1> -> $($layers)*
            }

            #[test]
            fn equals_blocks_of_sixteen() {
                super::check(One::new(1), &Sixteen::new(1));
            }
        }
    )*};
}

cases! {
    seed: 1x256x256, (conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1, padding = same) -> tanh);
    without_padding: 1x270x260, (conv<3x5>(1) -> relu -> conv<2x3>(1) -> sigmoid -> conv<1x1>(1));
    even_windows: 1x200x250, (conv<4x2>(2, padding = same) -> tanh -> conv<2x6>(2, padding = same));
    registers_that_overlap: 2x900x47, (conv<3x3>(3, padding = same) -> leaky_relu -> conv<3x3>(2));
    just_two_registers: 2x1100x32, (conv<5x5>(2, padding = same) -> elu -> conv<3x3>(2, padding = 1));
    padding_up_to_the_window: 1x300x225, (conv<3x3>(1, padding = 2) -> tanh -> conv<5x5>(2, padding = 4));
    padding_on_one_side: 2x160x250, (conv<3x5>(2, padding = (top = 2, left = 4)) -> conv<3x3>(2));
    dilation: 1x200x250, (conv<3x3>(2, dilation = 2x3, padding = same) -> tanh -> conv<2x3>(2, dilation = 4));
    without_bias: 1x160x250, (conv<3x3>(4, bias = false, padding = same) -> conv<3x3>(2, bias = false));
    many_channels: 3x96x112, (conv<2x2>(9, padding = same) -> relu -> conv<3x2>(8, padding = same) -> silu);
    large_windows: 1x260x256, (conv<7x9>(1, padding = same) -> tanh -> conv<11x5>(1, padding = same) -> selu);
    points: 4x130x128, (conv<1x1>(7) -> relu -> conv<1x1>(5) -> hard_sigmoid);
    a_row: 2x1x40000, (conv<1x4>(3, padding = same) -> tanh -> conv<1x3>(2));
    a_signal: 2x40000, (conv<4>(3) -> gelu -> conv<3>(2, dilation = 5) -> softplus);
    columns: 1x250x300, (conv<5x1>(1) -> mish -> conv<3x1>(1, padding = same) -> conv<1x3>(1));
    reflected: 1x200x250, (conv<3x5>(2, padding = same, padding_mode = reflect) -> tanh -> conv<3x3>(2));
    replicated: 1x200x250, (conv<3x5>(2, padding = [3, 1], padding_mode = replicate) -> conv<3x3>(1));
    on_a_torus: 1x200x250, (conv<3x5>(2, padding = same, padding_mode = circular) -> hard_swish -> relu6);
    functions_that_read_their_input: 1x256x256, (gelu -> silu -> conv<3x3>(1) -> mish -> conv<1x1>(1) -> gelu);
    a_sum: 1x200x250, (conv<3x3>(2, padding = same) -> residual(conv<3x3>(2, padding = same) -> tanh) -> relu);
    joined_channels: 1x200x250, (concat(conv<3x3>(1, padding = same), identity, conv<1x1>(2)) -> tanh);
    a_view: 1x256x256, (conv<3x3>(1, padding = same) -> reshape(1x128x512) -> conv<3x3>(2, padding = same) -> flatten);
}

/// Outputs, loss and gradients of a batch in both scalars and on every level, and some differences.
fn check<One, Sixteen>(mut one: One, sixteen: &Sixteen)
where
    One: Network<Scalar = f32>,
    Sixteen: Network<Scalar = f32, Output = One::Output>,
    MeanSquaredError: Loss<One::Output, Target = cnn::Values<One::Output>>,
{
    let samples_of_block = [One::SPEC, Sixteen::SPEC].map(|spec| spec.training.samples);
    assert_eq!(samples_of_block, [1, 16]);
    let values = spread(sixteen.parameters().len(), 0.3);
    one.parameters_mut().copy_from_slice(&values);
    let samples = [0.1, 0.7].map(|seed| spread(One::Input::ELEMENTS, seed));
    let targets = [0.4, 0.9].map(|seed| spread(One::Output::ELEMENTS, seed));
    let samples = samples.each_ref().map(|sample| &sample[..]);
    let targets = targets.each_ref().map(|target| &target[..]);
    let batch = || Batch::<One, _> {
        loss: &MeanSquaredError,
        samples: &samples,
        targets: &targets,
    };
    let parameters: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
    let expected = Batch::<Sixteen, _> {
        loss: &MeanSquaredError,
        samples: &samples,
        targets: &targets,
    };
    let expected = expected.outcome_of_shortest::<f64>(&parameters);
    for level in Level::available() {
        let double = batch().outcome::<f64>(level, &parameters);
        compare(Precision::Double, &double, &expected, level);
        let single = batch().outcome::<f32>(level, &parameters);
        compare(Precision::Single, &single, &expected, level);
        inference_is_the_same::<One, f64>(level, &parameters, &samples, &expected.outputs);
    }
    let check = GradientCheck::new().max_entries_per_tensor(2);
    let report = check.run(&one, &MeanSquaredError, &samples, &targets);
    let report = report.expect("the batch fits the network and the loss");
    assert!(report.passed(), "{report}");
}

fn compare(precision: Precision, found: &Outcome, expected: &Outcome, level: Level) {
    let close = |found: &[f64], expected: &[f64], what: &str| {
        assert_close(precision, found, expected, &format!("{what} on {level:?}"));
    };
    close(&found.outputs, &expected.outputs, "outputs");
    close(&[found.loss], &[expected.loss], "loss");
    close(&found.gradients, &expected.gradients, "gradients");
    close(
        &found.d_inputs,
        &expected.d_inputs,
        "gradients by the input",
    );
}

fn inference_is_the_same<N: Network, T: Scalar>(
    level: Level,
    parameters: &[f64],
    samples: &[&[f32]],
    expected: &[f64],
) {
    let of_block = infer::<N, T>(level, parameters, samples);
    assert_close(
        Precision::Double,
        &of_block,
        expected,
        "inference of a block",
    );
    let of_one = infer_single::<N, T>(level, parameters, samples);
    assert_close(
        Precision::Double,
        &of_one,
        expected,
        "inference of one sample",
    );
}

/// Seven batches of one, two and five samples: one, two and four groups.
#[test]
fn the_number_of_threads_does_not_change_a_bit() -> cnn::Result<()> {
    type Image = Chw<1, 256, 256>;
    let values = |seed| spread(8 * Image::ELEMENTS, seed);
    let data = InMemory::<Image, cnn::Values<Image>>::from_values(values(0.2), values(0.6))?;
    for batch in [1, 2, 5, 8] {
        let run = |threads| -> cnn::Result<Vec<u32>> {
            let mut net = seed::One::new(3);
            let trainer = Trainer::new(MeanSquaredError, Adam::new(0.01)).epochs(2);
            trainer
                .batch_size(batch)
                .threads(threads)
                .progress(Progress::Silent)
                .fit(&mut net, &data, Some(&data))?;
            Ok(net.parameters().iter().map(|x| x.to_bits()).collect())
        };
        let bits = run(1)?;
        for threads in [2, 3, 8] {
            assert_eq!(run(threads)?, bits, "{threads} threads, batches of {batch}");
        }
    }
    Ok(())
}

network! {
    /// Three classes for every pixel.
    Segments: 1x160x250 -> conv<3x3>(2, padding = same) -> relu -> conv<3x3>(3, padding = same)
    SegmentsOfSixteen: 1x160x250
        -> max_pool<1> -> conv<3x3>(2, padding = same) -> relu -> conv<3x3>(3, padding = same)
}

#[test]
fn pixels_have_classes() {
    assert_eq!(Segments::SPEC.training.samples, 1);
    let classes = |n: usize| (0..40_000).map(|e| ((e * 7 + n) % 4) as u16).collect();
    let classes: [Vec<u16>; 3] = [0, 1, 2].map(classes);
    let samples = [0.1, 0.7, 0.4].map(|seed| spread(40_000, seed));
    let samples = samples.each_ref().map(|sample| &sample[..]);
    let targets = classes.each_ref().map(|classes| &classes[..]);
    let loss = SoftmaxCrossEntropy
        .class_weights([1.0, 2.0, 0.5])
        .label_smoothing(0.1);
    let loss = loss.ignore_index(3);
    let net = Segments::new(2);
    let parameters: Vec<f64> = net.parameters().iter().map(|&x| f64::from(x)).collect();
    let expected = Batch::<SegmentsOfSixteen, _> {
        loss: &loss,
        samples: &samples,
        targets: &targets,
    };
    let expected = expected.outcome_of_shortest::<f64>(&parameters);
    for level in Level::available() {
        let batch = Batch::<Segments, _> {
            loss: &loss,
            samples: &samples,
            targets: &targets,
        };
        let found = batch.outcome::<f64>(level, &parameters);
        compare(Precision::Double, &found, &expected, level);
    }
}

#[test]
fn a_step_that_diverges_names_its_layer_and_changes_nothing() -> cnn::Result<()> {
    type Image = Chw<1, 256, 256>;
    let sample = spread(Image::ELEMENTS, 0.5);
    let data = InMemory::<Image, cnn::Values<Image>>::from_values(sample.clone(), sample)?;
    let mut net = without_bounds::One::new(1);
    net.conv1_mut().weight()[0][0] = [[1e25; 3]; 3];
    net.conv2_mut().weight()[0][0] = [[1e25; 3]; 3];
    let before = net.parameters().to_vec();
    let trainer = Trainer::new(MeanSquaredError, Sgd::new(0.1)).progress(Progress::Silent);
    let error = trainer
        .fit(&mut net, &data, None)
        .expect_err("products overflow");
    let message = error.to_string();
    assert!(message.contains("the output of `relu2`"), "{message}");
    assert_eq!(net.parameters(), before);
    Ok(())
}

mod without_bounds {
    cnn::network! {
        pub(crate) One: 1x256x256 -> conv<3x3>(1, padding = same) -> relu -> conv<3x3>(1, padding = same) -> relu
    }
}
