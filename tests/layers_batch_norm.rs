//! Batch normalization against PyTorch, against plain loops, and by hand: values, all gradients,
//! running statistics over steps, inference, and the same bits on any number of threads.

// Biases before a norm, which have no effect, are compared too.
#![allow(deprecated)]
// Kinds of layers of other families are part of the shared plain loops.
#![allow(dead_code)]

mod harness;
#[path = "naive/batch_norm.rs"]
mod naive;

use cnn::prelude::*;
use cnn::simd::Level;
use cnn_runtime::Error;
use harness::reference::Weighted;
use harness::steps::training_cases;
use harness::{Batch, Precision, assert_close, infer, infer_single, spread};

training_cases! { "batch_norm";
    vector: (5 -> batch_norm -> 5);
    vector_of_two_samples: (3 -> batch_norm(epsilon = 1e-2) -> 3);
    vector_of_a_whole_block: (9 -> batch_norm -> 9);
    vector_of_a_block_and_one: (4 -> batch_norm -> 4);
    vector_of_three_blocks: (6 -> batch_norm(epsilon = 1e-3, momentum = 0.3) -> 6);
    image: (3x3x4 -> batch_norm -> 3x3x4);
    image_of_one_sample: (2x3x3 -> batch_norm -> 2x3x3);
    image_of_one_pixel: (17x1x1 -> batch_norm -> 17x1x1);
    image_of_many_channels: (33x1x2 -> batch_norm -> 33x1x2);
    image_of_wide_rows: (2x1x37 -> batch_norm -> 2x1x37);
    image_without_affine: (2x2x3 -> batch_norm(affine = false) -> conv<1x1>(1) -> 1x2x3);
    image_with_all_options: (3x2x2 -> conv<1x1>(2)
        -> batch_norm(momentum = 1, epsilon = 0.1, affine = false) -> 2x2x2);
    conv_norm_relu: (2x4x4 -> conv<3x3>(4, bias = false) -> batch_norm -> relu -> 4x2x2);
    two_norms: (1x5x4 -> conv<3x3>(3) -> batch_norm -> relu
        -> conv<2x2>(2) -> batch_norm(momentum = 0.2) -> 2x2x1);
    norms_of_vectors: (6 -> dense(8) -> batch_norm -> tanh
        -> dense(3) -> batch_norm(affine = false) -> 3);
    norm_before_conv: (2x4x4 -> batch_norm -> conv<2x2>(3) -> 3x3x3);
    norm_after_norm: (2x2x2 -> batch_norm -> relu -> batch_norm -> 2x2x2);
    image_to_classes: (1x6x6 -> conv<3x3>(4, bias = false) -> batch_norm -> relu -> max_pool<2x2>
        -> flatten -> dense(5, bias = false) -> batch_norm -> sigmoid -> dense(3) -> 3);
    depthwise_norm: (5x4x5 -> depthwise_conv<3x3>(bias = false) -> batch_norm -> relu -> 5x2x3);
    groups_norm: (4x4x3 -> conv<2x2>(6, groups = 2) -> batch_norm -> 6x3x2);
    transposed_norm: (4x3x2 -> transposed_conv<3x2>(6, stride = 2, groups = 2) -> batch_norm -> tanh
        -> 6x7x4);
    signal_norm: (3x9 -> conv<3>(4, bias = false) -> batch_norm(affine = false) -> relu -> 4x7);
    mean_of_norm_relu: (2x4x5 -> conv<2x2>(3, bias = false) -> batch_norm -> relu
        -> global_avg_pool -> dense(2) -> 2);
    mean_of_norm: (3x3x4 -> conv<1x1>(9) -> batch_norm(affine = false, epsilon = 0.1) -> leaky_relu(0.2)
        -> avg_pool<3x4> -> conv<1x1>(2) -> 2x1x1);
    mean_of_a_signal: (3x9 -> conv<3>(4) -> batch_norm -> relu6 -> adaptive_avg_pool<1> -> 4x1);
    mean_of_norm_tanh: (2x3x3 -> conv<1x1>(3) -> batch_norm -> tanh -> global_avg_pool -> 3);
    mean_behind_the_input: (2x3x3 -> batch_norm -> relu -> global_avg_pool -> dense(2) -> 2);
    largest_of_means: (2x3x4 -> conv<1x1>(3) -> batch_norm -> relu -> avg_pool<3x4>
        -> global_max_pool -> 3);
    columns_norm: (1x3x21 -> conv<3x3>(2, padding = same) -> batch_norm -> 2x3x21);
}

network! {
    Image: 3x4x5 -> batch_norm
    Vector: 7 -> batch_norm(epsilon = 1e-3)
    One: 1 -> batch_norm(epsilon = 1)
    Deep: 1x6x6 -> conv1: conv<3x3>(4) -> norm1: batch_norm -> relu
        -> conv<3x3>(8) -> batch_norm -> relu -> flatten -> dense(3)
}

/// A network of one norm against plain loops, for a batch of `size` samples.
fn compare_with_loops<N: Network>(epsilon: f64, size: usize) {
    let channels = N::SPEC.input[0];
    let data = spread(2 * size * N::Input::ELEMENTS, 0.5);
    let (samples, targets) = data.split_at(size * N::Input::ELEMENTS);
    let chunks = |data| <[f32]>::chunks(data, N::Input::ELEMENTS).collect::<Vec<_>>();
    let (samples, targets) = (chunks(samples), chunks(targets));
    let values: Vec<f64> = spread(N::SPEC.value_count(), 0.1)
        .iter()
        .map(|x| f64::from(x.abs()) + 0.1)
        .collect();
    let expected = naive::step(channels, epsilon, &values, &samples, &targets);
    let inferred = naive::infer(channels, epsilon, &values, &samples);
    let batch = Batch::<N, _> {
        loss: &Weighted,
        samples: &samples,
        targets: &targets,
    };
    for level in Level::available() {
        let found = batch.outcome::<f64>(level, &values);
        let what = |what: &str| format!("{what} of {size} samples on {level:?}");
        assert_close(
            Precision::Double,
            &found.outputs,
            &expected.outputs,
            &what("outputs"),
        );
        assert_close(
            Precision::Double,
            &found.d_inputs,
            &expected.d_inputs,
            &what("d_inputs"),
        );
        let gradients = &found.gradients;
        assert_close(
            Precision::Double,
            gradients,
            &expected.gradients,
            &what("gradients"),
        );
        let found = batch.outcome::<f32>(level, &values);
        assert_close(
            Precision::Single,
            &found.outputs,
            &expected.outputs,
            &what("outputs"),
        );
        let outputs = infer::<N, f64>(level, &values, &samples);
        assert_close(Precision::Double, &outputs, &inferred, &what("inference"));
        let outputs = infer_single::<N, f64>(level, &values, &samples);
        assert_close(Precision::Double, &outputs, &inferred, &what("one sample"));
    }
}

#[test]
fn batches_of_any_length_equal_the_plain_loops() {
    for size in [1, 2, 16, 17, 31, 32, 45] {
        compare_with_loops::<Image>(1e-5, size);
        if size > 1 {
            compare_with_loops::<Vector>(1e-3, size);
        }
    }
}

#[test]
fn four_numbers_are_normalized_as_by_hand() {
    let batch = [[1.0], [3.0], [5.0], [3.0]];
    let samples: Vec<&[f32]> = batch.iter().map(|x| &x[..]).collect();
    let weights = [[1.0], [0.0], [0.0], [0.0]];
    let targets: Vec<&[f32]> = weights.iter().map(|x| &x[..]).collect();
    let found = Batch::<One, _> {
        loss: &Weighted,
        samples: &samples,
        targets: &targets,
    }
    .outcome::<f64>(Level::detect(), &[2.0, 0.5, 0.0, 1.0, 0.0]);
    // Mean 3, variance (4 + 0 + 4 + 0) / 4 = 2; with ε = 1 the deviation is √3.
    let root = 3.0_f64.sqrt();
    let outputs = [0.5 - 4.0 / root, 0.5, 0.5 + 4.0 / root, 0.5];
    assert_close(Precision::Double, &found.outputs, &outputs, "outputs");
    // By the scale: the first normal, −2/√3; by the shift: 1.
    assert_close(
        Precision::Double,
        &found.gradients,
        &[-2.0 / root, 1.0],
        "gradients",
    );
    // 2/√3 · (d − (1 + normal · −2/√3) / 4), d = 1 for the first sample and 0 for the others.
    let d_inputs = [2.0, 0.0, -2.0, 0.0].map(|distance| {
        let d = if distance == 2.0 { 1.0 } else { 0.0 };
        2.0 / root * (d - (1.0 + distance * 2.0 / 3.0) / 4.0)
    });
    assert_close(Precision::Double, &found.d_inputs, &d_inputs, "d_inputs");
}

#[test]
fn a_mean_far_from_zero_costs_no_precision() {
    let samples: Vec<Vec<f32>> = (0..20).map(|n| vec![1000.0 + (n % 4) as f32; 60]).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets = vec![&[0.0_f32; 60][..]; 20];
    let mut values: Vec<f64> = vec![0.0; Image::<f32>::SPEC.value_count()];
    values[..3].fill(1.0);
    let batch = Batch::<Image, _> {
        loss: &Weighted,
        samples: &samples,
        targets: &targets,
    };
    for level in Level::available() {
        let found = batch.outcome::<f32>(level, &values).outputs;
        for (n, x) in found.iter().enumerate() {
            let expected = ((n / 60 % 4) as f64 - 1.5) / 1.25_f64.sqrt();
            assert!((x - expected).abs() < 1e-4, "{level:?} {n}: {x} {expected}");
        }
    }
}

/// Images of 36 pixels in three classes.
fn pictures(count: usize) -> cnn::Result<InMemory<Chw<1, 6, 6>, Class>> {
    let classes: Vec<usize> = (0..count).map(|n| n * 7 % 3).collect();
    let mut samples = spread(36 * count, 0.3);
    for (sample, class) in samples.chunks_mut(36).zip(&classes) {
        sample[12 * class..12 * class + 6].fill(1.5);
    }
    InMemory::from_classes(samples, classes, 3)
}

fn trainer() -> Trainer<SoftmaxCrossEntropy, Adam> {
    Trainer::new(SoftmaxCrossEntropy, Adam::new(0.01)).progress(Progress::Silent)
}

#[test]
fn equal_seeds_give_equal_bits_for_any_number_of_threads() -> cnn::Result<()> {
    let data = pictures(110)?;
    let train = |threads| -> cnn::Result<Vec<u32>> {
        let mut net = Deep::new(3);
        let trainer = trainer().epochs(2).batch_size(100).threads(threads);
        trainer.fit(&mut net, &data, None)?;
        Ok(net.values().iter().map(|x| x.to_bits()).collect())
    };
    let one = train(1)?;
    for threads in [2, 3, 8] {
        assert!(train(threads)? == one, "{threads} threads");
    }
    Ok(())
}

#[test]
fn training_learns_and_inference_follows_the_running_statistics() -> cnn::Result<()> {
    let data = pictures(90)?;
    let mut net = Deep::new(3);
    let history = trainer()
        .epochs(40)
        .batch_size(45)
        .fit(&mut net, &data, Some(&data))?;
    let last = history.last().expect("there were epochs");
    let test = last.test.expect("there was a test set");
    assert_eq!(last.train_accuracy, Some(1.0));
    assert_eq!(test.accuracy, Some(1.0), "{last}");
    assert!((test.loss - last.train_loss).abs() < 0.1, "{last}");
    let count = <Deep>::SPEC
        .statistics
        .iter()
        .find(|s| s.name == "norm1.num_batches_tracked");
    let count = count.expect("PyTorch's statistics have it").offset;
    assert_eq!(net.values()[count], 80.0);
    Ok(())
}

#[test]
fn statistics_are_saved_and_loaded_under_the_names_of_pytorch() -> cnn::Result<()> {
    let data = pictures(40)?;
    let mut net = Deep::new(3);
    trainer().fit(&mut net, &data, None)?;
    let bytes = cnn::checkpoint::to_bytes(&net);
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("it was just written");
    let mut names = file.names();
    names.retain(|name| name.starts_with("norm1."));
    names.sort_unstable();
    let expected = [
        "bias",
        "num_batches_tracked",
        "running_mean",
        "running_var",
        "weight",
    ];
    assert_eq!(names, expected.map(|name| format!("norm1.{name}")));
    let count = file
        .tensor("norm1.num_batches_tracked")
        .expect("it is there");
    assert_eq!(
        (count.dtype(), count.shape()),
        (safetensors::Dtype::I64, &[][..])
    );
    assert_eq!(count.data(), 2_i64.to_le_bytes());

    let mut loaded = Deep::zeroed();
    assert_eq!(loaded.statistics()[..4], [0.0; 4]);
    assert_eq!(loaded.statistics()[4..8], [1.0; 4]);
    cnn::checkpoint::from_bytes(&mut loaded, &bytes)?;
    assert_eq!(loaded.values(), net.values());
    assert_eq!(loaded.predict(data.sample(3)), net.predict(data.sample(3)));
    Ok(())
}

#[test]
fn a_negative_variance_is_refused() {
    let mut wrong = Deep::zeroed();
    wrong.statistics_mut()[6] = -0.25;
    let mut net = Deep::new(3);
    let before = net.values().to_vec();
    let bytes = cnn::checkpoint::to_bytes(&wrong);
    let message = cnn::checkpoint::from_bytes(&mut net, &bytes).map_err(|error| error.to_string());
    let message = message.expect_err("the variance is negative");
    let expected = "the checkpoint: `norm1.running_var` is -0.25 at [2], expected a variance of at \
                    least 0; `Deep` is unchanged\nhelp: no training makes a variance negative: the file";
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(net.values(), before);
    let message = wrong
        .save("missing/deep")
        .map_err(|error| error.to_string());
    assert!(message.is_err_and(|message| message.contains("`statistics_mut()`")));
}

#[test]
fn a_batch_of_one_value_per_channel_is_refused_before_the_first_step() -> cnn::Result<()> {
    let data = InMemory::<Flat<7>, Values<Flat<7>>>::from_values([0.5; 63], [0.0; 63])?;
    let trainer = |size| {
        Trainer::new(MeanSquaredError, Sgd::new(0.1))
            .batch_size(size)
            .progress(Progress::Silent)
    };
    let mut net = Vector::new(1);
    let before = net.values().to_vec();
    let error = trainer(8)
        .fit(&mut net, &data, None)
        .expect_err("the last batch is one sample");
    assert!(
        matches!(
            error,
            Error::BatchTooSmall {
                found: 1,
                least: 2,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("`batch_norm1`"), "{error}");
    assert_eq!(net.values(), before);
    trainer(9).fit(&mut net, &data, None)?;
    Ok(())
}

#[test]
fn a_norm_that_overflows_is_named() -> cnn::Result<()> {
    let mut net = Deep::new(3);
    net.norm1_mut().weight().fill(f32::MAX);
    let error = trainer()
        .fit(&mut net, &pictures(20)?, None)
        .expect_err("it overflows");
    let Error::Diverged(divergence) = error else {
        panic!("{error}");
    };
    // The activation behind it was fused with it.
    assert_eq!(divergence.layer, "relu1");
    assert_eq!(divergence.step, 1);
    Ok(())
}
