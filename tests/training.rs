//! Training of generated networks, from the first step to the file.

use cnn::optim::Optimizer;
use cnn::prelude::*;
use cnn::train::group_count;
use cnn::{Error, sentry::Quantity};

network! {
    /// Much work for few parameters, so that a batch is cut into as many groups as there can be.
    Small: 1x8x8
        -> conv1: conv<3x3>(4) -> leaky_relu -> max_pool<3x3>
        -> flatten
        -> logits: dense(3)
    LeNet5: 1x28x28
        -> conv<5x5>(6) -> relu -> max_pool<2x2>
        -> conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu -> dense(84) -> relu -> dense(10)
}

type Pictures = InMemory<Chw<1, 8, 8>, Class>;

/// Noise with a bright row, whose place is the class.
fn pictures(count: usize) -> cnn::Result<Pictures> {
    /// Multiplier and increment of a linear congruential generator (Numerical Recipes).
    const MULTIPLIER: u32 = 1_664_525;
    const INCREMENT: u32 = 1_013_904_223;
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        (state >> 16) as f32 / 65_536.0
    };
    let classes: Vec<usize> = (0..count).map(|index| index % 3).collect();
    let pixel = |class: usize, row: usize| if row == 3 * class { 1.0 } else { 0.0 };
    let samples: Vec<f32> = classes
        .iter()
        .flat_map(|&class| (0..64).map(move |at| pixel(class, at / 8)))
        .map(|value| value + 0.2 * noise())
        .collect();
    InMemory::from_classes(samples, classes, 3)
}

fn trainer<O: Optimizer>(optimizer: O) -> Trainer<SoftmaxCrossEntropy, O> {
    Trainer::new(SoftmaxCrossEntropy, optimizer).progress(Progress::Silent)
}

#[test]
fn one_batch_is_learned_by_heart() -> cnn::Result<()> {
    let data = pictures(20)?;
    let mut net = Small::new(1);
    let history = trainer(Adam::new(0.03))
        .epochs(150)
        .batch_size(20)
        .fit(&mut net, &data, None)?;
    let last = history.last().expect("there were epochs");
    assert_eq!(last.train_accuracy, Some(1.0));
    assert!(last.train_loss < 0.01, "{last}");
    Ok(())
}

#[test]
fn equal_seeds_give_equal_bits_for_any_number_of_threads() -> cnn::Result<()> {
    const BATCH: usize = 120;
    assert_eq!(group_count(BATCH, Small::<f32>::SPEC), 8);
    let data = pictures(BATCH + 30)?;
    let train = |threads, seed| -> cnn::Result<Vec<u32>> {
        let mut net = Small::new(7);
        let trainer = trainer(Adam::new(0.01)).epochs(2).batch_size(BATCH);
        trainer
            .threads(threads)
            .seed(seed)
            .fit(&mut net, &data, None)?;
        Ok(net.parameters().iter().map(|p| p.to_bits()).collect())
    };
    let one = train(1, 5)?;
    for threads in [1, 2, 3, 8] {
        assert!(train(threads, 5)? == one, "{threads} threads");
    }
    assert!(
        train(1, 6)? != one,
        "another seed orders the samples otherwise"
    );
    Ok(())
}

#[test]
fn a_rate_that_is_too_high_is_reported_with_layer_and_step() -> cnn::Result<()> {
    let mut net = Small::new(1);
    let result = trainer(Sgd::new(1e25)).fit(&mut net, &pictures(64)?, None);
    let error = result.expect_err("the second step overflows");
    let message = error.to_string();
    let Error::Diverged(divergence) = error else {
        panic!("{message}");
    };
    assert_eq!((divergence.step, divergence.epoch), (2, Some(1)));
    assert_eq!(divergence.layer, "logits");
    assert_eq!(divergence.quantity, Quantity::Output);
    for part in ["`Small`", "step 2", "`logits`", "lower", "learning rate"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    Ok(())
}

#[test]
fn saved_parameters_predict_the_same() -> cnn::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("saved_parameters_predict_the_same.safetensors");
    let data = pictures(30)?;
    let mut net = Small::new(1);
    trainer(Adam::new(0.01)).fit(&mut net, &data, None)?;

    let mut loaded = Small::new(2);
    // The file of one network is replaced by that of the other.
    loaded.save(&path)?;
    net.save(&path)?;
    assert_ne!(loaded.predict(data.sample(0)), net.predict(data.sample(0)));
    loaded.load(&path)?;
    for index in 0..data.len() {
        let sample = data.sample(index);
        assert_eq!(loaded.predict(sample), net.predict(sample));
    }
    Ok(())
}

#[test]
fn lenet_5_is_described_by_its_constants() {
    const SPEC: &cnn::Spec = LeNet5::<f32>::SPEC;
    assert_eq!(SPEC.parameter_count, 44_426);
    assert_eq!(SPEC.forward_macs(), 281_640);
    assert_eq!(SPEC.backward_macs(), 476_880);
    assert_eq!((SPEC.input, SPEC.output), (&[1, 28, 28][..], &[10][..]));
    const { assert!(SPEC.training_bytes() > SPEC.parameter_count * size_of::<f32>()) };
    const { assert!(SPEC.inference_bytes() > 0) };

    let parameters = SPEC.parameters.iter();
    let found: Vec<_> = parameters.map(|p| (p.name, p.shape, p.offset)).collect();
    assert_eq!(found[2], ("conv2.weight", &[16, 6, 5, 5][..], 156));
    assert_eq!(found[8], ("dense3.weight", &[10, 84][..], 43_576));
}
