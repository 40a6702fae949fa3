//! Batch normalization folded into the weights before it gives what it gives by itself: each network
//! is compared, on every level, with the same one in which a `dropout`, which is nothing in inference,
//! keeps the two layers apart. Networks with what is folded say the same of one sample, of many, of many on
//! several threads, and of a whole data set.

// Biases before a norm, which have no effect, are folded too.
#![allow(deprecated)]

mod harness;

use cnn::data::InMemory;
use cnn::predict::Frozen;
use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::evaluate;
use cnn::{Accepts, Shape};
use harness::{Precision, assert_close, infer, infer_single, spread};

/// Whether something is folded into the weights of a network.
fn folds<N: Network>() -> bool {
    N::SPEC.packed_block > 0
}

/// Values as a training leaves them: no scale is near zero, every variance is positive.
fn values<N: Network>() -> Vec<f64> {
    let mut values: Vec<f64> = spread(N::SPEC.value_count(), 0.3)
        .into_iter()
        .map(f64::from)
        .collect();
    for tensor in N::SPEC.statistics {
        if tensor.name.ends_with("running_var") {
            values[tensor.range()]
                .iter_mut()
                .for_each(|x| *x = x.abs() + 0.2);
        }
    }
    values
}

/// Gives a network such [`values`].
fn set_values<N: Network<Scalar = f32>>(net: &mut N) {
    for (value, x) in net.values_mut().iter_mut().zip(values::<N>()) {
        *value = x as f32;
    }
}

fn compare<Joined: Network, Apart: Network>() {
    assert!(folds::<Joined>() && !folds::<Apart>());
    let values = values::<Joined>();
    assert_eq!(values.len(), Apart::SPEC.value_count());
    let elements = Joined::Input::ELEMENTS;
    let samples = spread(19 * elements, 0.7);
    let samples: Vec<&[f32]> = samples.chunks(elements).collect();
    let expected = infer::<Apart, f64>(Level::detect(), &values, &samples);
    for level in Level::available() {
        let found = [
            (
                Precision::Double,
                infer::<Joined, f64>(level, &values, &samples),
            ),
            (
                Precision::Double,
                infer_single::<Joined, f64>(level, &values, &samples),
            ),
            (
                Precision::Single,
                infer::<Joined, f32>(level, &values, &samples),
            ),
            (
                Precision::Single,
                infer_single::<Joined, f32>(level, &values, &samples),
            ),
        ];
        for (precision, found) in found {
            let what = format!("{} on {level:?} in {precision:?}", Joined::SPEC.name);
            assert_close(precision, &found, &expected, &what);
        }
    }
}

/// `name: shape, (layer), (norm and what follows);`
macro_rules! cases {
    ($($name:ident: $shape:tt, ($($layer:tt)*), ($($norm:tt)*);)*) => {
        $(
            mod $name {
                cnn::network! {
                    Joined: $shape -> $($layer)* -> $($norm)*
                    Apart: $shape -> $($layer)* -> dropout(0.5) -> $($norm)*
                }

                #[test]
                fn is_the_same_folded() {
                    super::compare::<Joined, Apart>();
                }
            }
        )*
    };
}

cases! {
    conv: 3x7x5, (conv<3x3>(5)), (batch_norm -> relu);
    conv_without_bias: 2x5x9, (conv<3x2>(17, bias = false, stride = 2x1)), (batch_norm);
    conv_of_columns: 1x6x21, (conv<3x3>(2, padding = same)), (batch_norm -> sigmoid);
    conv_of_columns_without_bias: 1x3x20, (conv<1x3>(3, bias = false)), (batch_norm(affine = false));
    conv_with_a_rim: 2x5x6, (conv<3x3>(4, padding = 1, padding_mode = reflect)),
        (batch_norm -> tanh);
    conv_before_gelu: 2x4x4, (conv<2x2>(3)), (batch_norm -> gelu);
    grouped: 6x5x5, (conv<3x3>(9, groups = 3)), (batch_norm(epsilon = 1e-3) -> relu);
    squares: 32x4x12, (conv<3x3>(40, padding = same, bias = false)), (batch_norm -> relu);
    depthwise: 5x6x5, (depthwise_conv<3x3>), (batch_norm -> relu);
    depthwise_with_multiplier: 3x5x4,
        (depthwise_conv<2x3>(multiplier = 3, bias = false)), (batch_norm -> leaky_relu);
    depthwise_of_columns: 3x4x23, (depthwise_conv<3x3>(padding = same)), (batch_norm);
    transposed: 3x4x3, (transposed_conv<3x3>(5, stride = 2)), (batch_norm -> relu);
    transposed_without_bias: 2x3x4, (transposed_conv<2x2>(3, bias = false)),
        (batch_norm(affine = false) -> tanh);
    transposed_in_groups: 4x3x3, (transposed_conv<2x3>(6, groups = 2, stride = 2)), (batch_norm);
    signal: 3x11, (conv<3>(5, padding = same)), (batch_norm -> relu);
    depthwise_signal: 4x9, (depthwise_conv<3>), (batch_norm);
    transposed_signal: 2x6, (transposed_conv<3>(3, stride = 2)), (batch_norm -> relu);
    dense: 7, (dense(5)), (batch_norm -> relu);
    dense_without_bias: 19, (dense(18, bias = false)), (batch_norm(affine = false) -> sigmoid);
    before_a_pool: 10x6x8, (conv<3x3>(20, padding = same)), (batch_norm -> relu -> max_pool<2x2>);
    one_channel: 1x1x1, (conv<1x1>(1)), (batch_norm);
}

network! {
    Deep: 1x6x6 -> conv<3x3>(4, bias = false) -> batch_norm -> relu
        -> conv<3x3>(8) -> batch_norm -> relu -> flatten -> dense(3) -> batch_norm

    // What is between is added too, so the norm stays a layer of its own.
    Read: 2x4x4 -> a: conv<1x1>(2) -> batch_norm -> add(a, identity)

    First: 2x4x4 -> batch_norm -> conv<1x1>(2)

    Plain: 2x4x4 -> conv<1x1>(2) -> relu
}

#[test]
fn what_is_read_elsewhere_or_has_no_weights_before_it_is_not_folded() {
    assert!(folds::<Deep>());
    assert!(!folds::<Read>() && !folds::<First>());
    assert_eq!(Plain::<f32>::SPEC.packed_block, 0);
}

/// The sum of what a norm gives and what it has been given, by plain loops.
#[test]
fn a_label_read_elsewhere_keeps_its_value() {
    let values = values::<Read>();
    let (weight, rest) = values.split_at(4);
    let (bias, norm) = rest.split_at(2);
    let sample = spread(32, 0.2);
    let between = |c: usize, at: usize| {
        let from = |i: usize| weight[2 * c + i] * f64::from(sample[16 * i + at]);
        bias[c] + from(0) + from(1)
    };
    let output = |c: usize, at: usize| {
        let x = between(c, at);
        let (scale, shift, mean, variance) = (norm[c], norm[2 + c], norm[4 + c], norm[6 + c]);
        x + scale * (x - mean) / (variance + 1e-5).sqrt() + shift
    };
    let expected: Vec<f64> = (0..32).map(|k| output(k / 16, k % 16)).collect();
    for level in Level::available() {
        for found in [
            infer::<Read, f64>(level, &values, &[&sample]),
            infer_single::<Read, f64>(level, &values, &[&sample]),
        ] {
            assert_close(Precision::Double, &found, &expected, "read twice");
        }
    }
}

#[test]
fn frozen_or_not_one_by_one_or_in_blocks_a_network_says_the_same() {
    let mut net = Deep::new(1);
    set_values(&mut net);
    let values = net.values().to_vec();
    let samples = spread(20 * 36, 0.4);
    let samples: Vec<&[f32]> = samples.chunks(36).collect();
    let mut frozen = net.freeze();
    let mut outputs = vec![0.0; 60];
    frozen.predict_batch(&samples, &mut outputs);
    let wide = |outputs: &[f32]| outputs.iter().copied().map(f64::from).collect::<Vec<_>>();
    for (sample, output) in samples.iter().zip(outputs.chunks(3)) {
        let expected = wide(output);
        for found in [frozen.predict(sample), net.predict(sample)] {
            assert_close(Precision::Single, &wide(&found), &expected, "one sample");
        }
    }
    assert_eq!(net.values(), values, "folding leaves the network as it was");
}

network! {
    Large: 1x64x64 -> conv<3x3>(1, bias = false) -> batch_norm -> tanh
    Small: 3x6x6 -> conv<3x3>(5, bias = false) -> batch_norm -> relu -> flatten -> dense(17)
}

/// Any number of samples on any number of threads gives the bits of one sample after another, where no block is ever
/// computed, and the same numbers where blocks are.
fn compare_with_one_sample<N: Network<Scalar = f32>>(mut net: N, are_bits_equal: bool) {
    set_values(&mut net);
    let elements = N::Input::ELEMENTS;
    let samples = spread(33 * elements, 0.7);
    let samples: Vec<&[f32]> = samples.chunks(elements).collect();
    for level in Level::available() {
        let frozen = || Frozen::new(&net).with_level(level);
        let mut one = frozen();
        let expected: Vec<f32> = samples.iter().flat_map(|x| one.predict(x)).collect();
        for threads in 1..=3 {
            let mut shared = frozen().on_threads(threads).expect("there are threads");
            for count in [1, 15, 16, 17, 33] {
                let length = count * N::Output::ELEMENTS;
                let mut found = vec![f32::NAN; length];
                shared.predict_batch(&samples[..count], &mut found);
                let expected = &expected[..length];
                if are_bits_equal {
                    assert_eq!(
                        found, expected,
                        "{count} samples on {threads} threads, {level:?}"
                    );
                }
                let [found, expected] = [&found[..], expected]
                    .map(|outputs| outputs.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>());
                assert_close(Precision::Single, &found, &expected, "many samples");
            }
        }
    }
}

#[test]
fn many_samples_are_inferred_as_one_is() {
    assert!(folds::<Large>() && Large::SPEC.least_block > 16);
    compare_with_one_sample(Large::new(1), true);
    assert!(folds::<Small>() && Small::SPEC.least_block <= 16);
    compare_with_one_sample(Small::new(1), false);
}

/// The loss on a data set is that of the outputs for each of its samples, with the same bits on any number of threads.
/// It is computed on the machine's own level.
fn compare_loss<N, I: Shape, O: Shape>(mut net: N)
where
    N: Network<Scalar = f32, Input = I, Output = O> + Accepts<I>,
{
    set_values(&mut net);
    let samples = spread(33 * I::ELEMENTS, 0.7);
    let targets = spread(33 * O::ELEMENTS, 0.4);
    let mut frozen = Frozen::new(&net);
    let outputs = samples.chunks(I::ELEMENTS).flat_map(|x| frozen.predict(x));
    let squares = outputs
        .zip(&targets)
        .map(|(output, target)| f64::from(output - target).powi(2));
    let expected = squares.sum::<f64>() / targets.len() as f64;
    let data = InMemory::<I, Values<O>>::from_values(samples, targets)
        .expect("as many targets as outputs");
    let loss = |threads| {
        let found = evaluate(&net, &MeanSquaredError, &data, threads).expect("right data");
        found.loss
    };
    // Outputs of blocks and of one sample are sums of the same numbers in another order.
    let (found, bound) = (loss(1), 10.0 * f64::from(f32::EPSILON) * expected);
    let name = N::SPEC.name;
    assert!(
        (found - expected).abs() < bound,
        "{name}: {found}, {expected}"
    );
    for threads in 2..=3 {
        assert_eq!(
            loss(threads).to_bits(),
            found.to_bits(),
            "{name}: {threads} threads"
        );
    }
}

#[test]
fn a_data_set_is_evaluated_as_its_samples_are_inferred() {
    assert!(Large::SPEC.least_block > 16 && Small::SPEC.least_block <= 16);
    compare_loss(Large::new(1));
    compare_loss(Small::new(1));
}
