//! Dropout of elements and of channels: what is dropped, by what the rest is scaled, and that neither
//! levels nor threads nor the cutting into blocks change it.

// A network of nothing but dropout is what is tested, and warned of.
#![allow(deprecated)]
// What other families need of the harness.
#![allow(dead_code, unused_imports, unused_macros)]

mod harness;

use cnn::prelude::*;
use cnn::simd::Level;
use cnn_runtime::gradcheck::GradientCheck;
use cnn_runtime::{Draw, Mask};
use harness::reference::Weighted;
use harness::{Batch, Precision, assert_close, infer, infer_single, spread};

network! {
    Vector: 37 -> dropout(0.25)
    Image: 2x3x5 -> dropout(0.5)
    Channels: 5x2x3 -> spatial_dropout(0.4)
    SignalChannels: 5x6 -> spatial_dropout(0.4)
    Second: 37 -> dropout(0.5) -> dropout(0.25)

    Plain: 1x6x6 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> flatten -> dense(6) -> relu
        -> dense(3)
    Dropping: 1x6x6 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> spatial_dropout(0.3)
        -> flatten -> dropout(0.2) -> dense(6) -> relu -> dropout(0.5) -> dense(3)
    Ends: 4x3x6 -> dropout(0.1) -> conv<1x1>(2) -> spatial_dropout(0.5)
    Normal: 1x6x6 -> conv<3x3>(4) -> batch_norm -> relu -> spatial_dropout(0.3) -> flatten
        -> dense(3)
}

/// What the harness draws from.
const DRAW: Draw = Draw { seed: 5, step: 1 };

/// Training on `size` samples in two precisions on every level, which must agree: outputs and
/// gradients by the input, for inputs and gradients by the output that are all one.
fn factors<N: Network>(size: usize) -> [Vec<f64>; 2] {
    let (ones, targets) = (
        vec![1.0; N::Input::ELEMENTS],
        vec![1.0; N::Output::ELEMENTS],
    );
    let (samples, targets) = (vec![&ones[..]; size], vec![&targets[..]; size]);
    let batch = Batch::<N, _> {
        loss: &Weighted,
        samples: &samples,
        targets: &targets,
    };
    let expected = batch.outcome::<f64>(Level::detect(), &[]);
    for level in Level::available() {
        let double = batch.outcome::<f64>(level, &[]);
        assert_eq!(double.outputs, expected.outputs, "{level:?}");
        assert_eq!(double.d_inputs, expected.d_inputs, "{level:?}");
        let single = batch.outcome::<f32>(level, &[]).outputs;
        assert_close(
            Precision::Single,
            &single,
            &expected.outputs,
            "single precision",
        );
    }
    [expected.outputs, expected.d_inputs]
}

/// The mask of one layer for `size` samples, one after the other.
fn mask(layer: usize, rate: f64, elements: usize, size: usize) -> Vec<f64> {
    let of =
        |n: usize| (0..elements).map(move |e| Mask::new(DRAW, layer, n, rate).at::<f64>(e).0[0]);
    (0..size).flat_map(of).collect()
}

#[test]
fn values_and_gradients_are_multiplied_by_the_mask_of_their_sample() {
    for size in [1, 3, 16, 17, 45] {
        for found in factors::<Vector>(size) {
            assert_eq!(found, mask(0, 0.25, 37, size));
        }
        for found in factors::<Image>(size) {
            assert_eq!(found, mask(0, 0.5, 30, size));
        }
        let [first, second] = [mask(0, 0.5, 37, size), mask(1, 0.25, 37, size)];
        let product: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a * b).collect();
        assert_eq!(factors::<Second>(size)[0], product);
    }
}

#[test]
fn spatial_dropout_drops_whole_channels() {
    for size in [1, 3, 17] {
        let channels = mask(0, 0.4, 5, size);
        let expected: Vec<f64> = channels.iter().flat_map(|&factor| [factor; 6]).collect();
        let images = factors::<Channels>(size);
        for found in images.into_iter().chain(factors::<SignalChannels>(size)) {
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_share_of_the_rate_is_dropped_and_the_mean_stays() {
    let [outputs, _] = factors::<Vector>(400);
    let (count, scale) = (outputs.len() as f64, 1.0 / 0.75);
    let dropped = outputs.iter().filter(|&&x| x == 0.0).count() as f64;
    assert!(outputs.iter().all(|&x| x == 0.0 || x == scale));
    // Five standard errors of a share of a quarter.
    let error = 5.0 * (0.25 * 0.75 / count).sqrt();
    assert!(
        (dropped / count - 0.25).abs() < error,
        "{dropped} of {count}"
    );
    let mean = outputs.iter().sum::<f64>() / count;
    assert!((mean - 1.0).abs() < error * scale, "mean {mean}");
}

#[test]
fn inference_is_that_of_the_network_without_it() {
    let (with, without) = (<Dropping>::SPEC, <Plain>::SPEC);
    assert_eq!(with.inference.len, without.inference.len);
    assert_eq!(with.single.len, without.single.len);
    assert_eq!(with.packed, without.packed);
    let data = spread(36 * 19, 0.5);
    let samples: Vec<&[f32]> = data.chunks(36).collect();
    let net = Plain::new(3).to_f64();
    for level in Level::available() {
        let [with, without] = [
            infer::<Dropping, f64>(level, net.parameters(), &samples),
            infer::<Plain, f64>(level, net.parameters(), &samples),
        ];
        assert_eq!(with, without, "{level:?}");
        let [with, without] = [
            infer_single::<Dropping, f64>(level, net.parameters(), &samples),
            infer_single::<Plain, f64>(level, net.parameters(), &samples),
        ];
        assert_eq!(with, without, "{level:?}");
    }
    let sample = spread(37, 0.5);
    assert_eq!(Vector::new(1).predict(&sample), sample);
    let sample = spread(30, 0.5);
    assert_eq!(Channels::new(1).predict(&sample), sample);
}

/// Gradients against differences, on every level, with the losses' weights as targets.
fn check_gradients<N: Network<Scalar = f32>>(net: &N, size: usize) {
    let data = spread(size * N::Input::ELEMENTS, 0.5);
    let targets = spread(size * N::Output::ELEMENTS, 0.25);
    let samples: Vec<&[f32]> = data.chunks(N::Input::ELEMENTS).collect();
    let targets: Vec<&[f32]> = targets.chunks(N::Output::ELEMENTS).collect();
    for level in Level::available() {
        let check = GradientCheck::new().level(level).max_entries_per_tensor(40);
        let report = check.run(net, &Weighted, &samples, &targets);
        let report = report.expect("the batch fits the network and the loss");
        assert!(report.passed(), "{level:?}: {report}");
    }
}

#[test]
fn gradients_are_right_with_the_mask_held_fixed() {
    for size in [1, 18] {
        check_gradients(&Dropping::new(3), size);
        check_gradients(&Ends::new(3), size);
    }
    check_gradients(&Normal::new(3), 18);
}

fn pictures(count: usize) -> cnn::Result<InMemory<Chw<1, 6, 6>, Class>> {
    let classes: Vec<usize> = (0..count).map(|n| n * 7 % 3).collect();
    let mut samples = spread(36 * count, 0.3);
    for (sample, class) in samples.chunks_mut(36).zip(&classes) {
        sample[12 * class..12 * class + 6].fill(1.5);
    }
    InMemory::from_classes(samples, classes, 3)
}

#[test]
fn equal_seeds_give_equal_bits_for_any_number_of_threads() -> cnn::Result<()> {
    fn train<N>(mut net: N, threads: usize, seed: u64) -> cnn::Result<Vec<u32>>
    where
        N: Network<Scalar = f32> + cnn::Accepts<Chw<1, 6, 6>>,
        SoftmaxCrossEntropy: Loss<N::Output, Target = Class>,
    {
        let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(0.01))
            .progress(Progress::Silent)
            .epochs(2)
            .batch_size(100)
            .threads(threads)
            .seed(seed);
        trainer.fit(&mut net, &pictures(100)?, None)?;
        Ok(net.values().iter().map(|x| x.to_bits()).collect())
    }
    let (plain, normal) = (train(Dropping::new(3), 1, 5)?, train(Normal::new(3), 1, 5)?);
    for threads in [2, 3, 8] {
        assert!(
            train(Dropping::new(3), threads, 5)? == plain,
            "{threads} threads"
        );
        assert!(
            train(Normal::new(3), threads, 5)? == normal,
            "{threads} threads"
        );
    }
    assert!(
        train(Dropping::new(3), 1, 6)? != plain,
        "another seed drops others"
    );
    Ok(())
}
