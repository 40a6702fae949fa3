//! Layers that are `#[frozen]`: training takes no gradients by their parameters and leaves them as they are,
//! and the gradients by all others are those of PyTorch, and of the same network without the attribute.

mod harness;

use cnn::prelude::*;
use cnn::simd::Level;
use cnn_runtime::ParameterSpec;
use harness::reference::Weighted;
use harness::steps::training_cases;
use harness::{Batch, spread};

training_cases! { "frozen";
    below: (2x6x7 -> #[frozen] conv<3x3>(3) -> relu -> conv<3x3>(4) -> 4x2x3);
    between: (2x7x7 -> conv<3x3>(3) -> relu -> #[frozen] conv<3x3>(4) -> relu -> conv<2x2>(2)
        -> 2x2x2);
    on_top: (5 -> dense(6) -> tanh -> #[frozen] dense(3) -> 3);
    with_a_pool: (1x12x12 -> conv<3x3>(3) -> #[frozen] conv<3x3>(4) -> relu -> max_pool<2x2>
        -> flatten -> dense(3) -> 3);
    with_a_large_window_and_a_pool: (2x8x9 -> conv<1x1>(3)
        -> #[frozen] conv<3x4>(4, padding = 1x2) -> relu -> max_pool<2x2> -> conv<2x2>(2) -> 2x3x4);
    below_a_pool: (1x8x8 -> #[frozen] conv<3x3>(4, padding = same) -> relu -> max_pool<2x2>
        -> conv<3x3>(3) -> 3x2x2);
    of_many_channels: (8x6x6 -> conv<3x3>(8, padding = same) -> relu
        -> #[frozen] conv<3x3>(16, padding = same) -> relu -> conv<1x1>(4) -> 4x6x6);
    reflected: (2x5x6 -> conv<1x1>(2)
        -> #[frozen] conv<3x3>(3, padding = 1, padding_mode = reflect) -> conv<2x2>(2) -> 2x4x5);
    depthwise_and_transposed: (3x5x5 -> conv<1x1>(4) -> #[frozen] depthwise_conv<3x3>(padding = same)
        -> #[frozen] transposed_conv<2x2>(2, stride = 2) -> conv<3x3>(2) -> 2x8x8);
    of_a_signal: (3x12 -> conv<3>(4) -> #[frozen] conv<3>(5) -> tanh -> conv<2>(2) -> 2x7);
    slopes_and_norms: (4x5x6 -> conv<3x3>(4) -> #[frozen] prelu -> #[frozen] group_norm(2)
        -> conv<2x2>(3) -> 3x2x3);
    one_branch: (2x4x4
        -> concat(conv<3x3>(3, padding = same) -> relu, #[frozen] conv<3x3>(2, padding = same))
        -> conv<2x2>(2) -> 2x3x3);
    dropouts: (2x5x5 -> conv<3x3>(4) -> #[frozen] spatial_dropout(0.5) -> relu -> conv<2x2>(3)
        -> #[frozen] dropout(0.5) -> tanh -> conv<2x2>(2) -> 2x1x1);
    dropout_of_the_input: (6 -> #[frozen] dropout(0.5) -> dense(4) -> 4);
    dropout_beside_its_input: (2x4x4 -> conv<1x1>(3)
        -> residual(#[frozen] dropout(0.5) -> conv<3x3>(3, padding = same)) -> conv<2x2>(2) -> 2x3x3);
    batch_norm: (3x4x4 -> conv<2x2>(4) -> #[frozen] batch_norm -> conv<2x2>(2) -> 2x2x2);
    batch_norm_relu: (2x5x5 -> conv<3x3>(4, bias = false) -> #[frozen] batch_norm -> relu
        -> conv<2x2>(3) -> 3x2x2);
    batch_norm_tanh_of_one_sample: (6 -> dense(5) -> #[frozen] batch_norm(affine = false) -> tanh
        -> dense(3) -> 3);
    batch_norm_first: (2x4x3 -> #[frozen] batch_norm(epsilon = 1e-3) -> relu -> conv<2x2>(3) -> 3x3x2);
    batch_norm_and_means: (2x5x5 -> conv<3x3>(4, bias = false) -> #[frozen] batch_norm -> relu
        -> global_avg_pool -> dense(3) -> 3);
    means_of_batch_norm: (2x4x3 -> conv<1x1>(3) -> #[frozen] batch_norm -> avg_pool<4x3> -> 3x1x1);
    one_norm_of_two: (1x6x6 -> conv<3x3>(3, bias = false) -> batch_norm -> relu
        -> conv<2x2>(4, bias = false) -> #[frozen] batch_norm -> relu -> conv<2x2>(2) -> 2x2x2);
    other_norm_of_two: (1x6x6 -> #[frozen] conv<3x3>(3, bias = false) -> #[frozen] batch_norm -> relu
        -> conv<2x2>(4, bias = false) -> batch_norm(affine = false) -> relu -> conv<2x2>(2) -> 2x2x2);
    residual: (3x4x5 -> conv<1x1>(4)
        -> #[frozen] body: residual(conv<3x3>(4, padding = same, bias = false) -> batch_norm)
        -> relu -> conv<2x2>(2) -> 2x3x4);
    below_a_residual: (3x4x5 -> #[frozen] conv<1x1>(4)
        -> body: residual(#[allow(useless_bias)] conv<3x3>(4, padding = same) -> batch_norm)
        -> relu -> #[frozen] conv<2x2>(2) -> 2x3x4);
}

network! {
    block unit(C) = conv<3x3>(C, padding = same) -> relu;

    /// All kinds of pieces, of which some are frozen as a whole and some in part.
    Tuned: 2x8x8
        -> #[frozen] stem: conv<3x3>(4, padding = same) -> relu
        -> stage1: residual(#[frozen] unit(4) -> conv<3x3>(4, padding = same))
        -> body: repeat<2>(unit(6) -> #[frozen] inner: unit(4))
        -> #[frozen] repeat<2>(unit(4))
        -> max_pool<2x2>
        -> #[frozen] features: net<Features>(5x2x2)
        -> flatten -> dense(7) -> relu -> #[frozen] classes: dense(3)
    /// The same without the attribute.
    Plain: 2x8x8
        -> stem: conv<3x3>(4, padding = same) -> relu
        -> stage1: residual(unit(4) -> conv<3x3>(4, padding = same))
        -> body: repeat<2>(unit(6) -> inner: unit(4))
        -> repeat<2>(unit(4))
        -> max_pool<2x2>
        -> features: net<Features>(5x2x2)
        -> flatten -> dense(7) -> relu -> classes: dense(3)
    Features: 4x4x4 -> conv<3x3>(5) -> tanh
}

network! {
    /// Trained one sample at a time, with columns in the lanes.
    WidePlain: 1x256x256 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(2, padding = same)
        -> tanh -> conv<3x3>(1, padding = same)
    Wide: 1x256x256 -> #[frozen] conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(2, padding = same) -> tanh -> #[frozen] conv<3x3>(1, padding = same)
}

network! {
    Normed: 1x6x6 -> #[frozen] body: net<Body>(4x4x4) -> flatten -> dense(3)
    Body: 1x6x6 -> conv<3x3>(4, bias = false) -> batch_norm -> relu
}

fn tensor(tensors: &'static [ParameterSpec], name: &str) -> &'static ParameterSpec {
    let mut tensors = tensors.iter();
    let found = tensors.find(|tensor| tensor.name == name);
    found.expect("both networks have the same tensors")
}

#[test]
fn frozen_tensors_stand_behind_those_that_are_learned() {
    let spec = <Tuned>::SPEC;
    let names = |spec: &'static cnn::Spec| spec.parameters.iter().map(|tensor| tensor.name);
    assert!(names(spec).eq(names(<Plain>::SPEC)));
    let learned: Vec<&str> = spec.learned().map(|tensor| tensor.name).collect();
    let expected = [
        "stage1.conv2.weight",
        "stage1.conv2.bias",
        "body.0.conv1.weight",
        "body.0.conv1.bias",
        "body.1.conv1.weight",
        "body.1.conv1.bias",
        "dense1.weight",
        "dense1.bias",
    ];
    assert_eq!(learned, expected);
    assert_eq!(spec.value_count(), spec.parameter_count + spec.frozen_count);
    assert_eq!(spec.value_count(), <Plain>::SPEC.parameter_count);
    let mut places: Vec<_> = spec
        .parameters
        .iter()
        .map(|tensor| tensor.range())
        .collect();
    places.sort_by_key(|range| range.start);
    let mut end = 0;
    for place in places {
        assert_eq!(place.start, end);
        end = place.end;
    }
    assert_eq!(end, spec.value_count());
}

#[test]
fn equal_seeds_give_equal_weights_whatever_is_frozen() {
    let (tuned, plain) = (Tuned::new(7), Plain::new(7));
    for parameter in <Tuned>::SPEC.parameters {
        let other = tensor(<Plain>::SPEC.parameters, parameter.name);
        let [found, expected] = [
            &tuned.values()[parameter.range()],
            &plain.values()[other.range()],
        ];
        assert_eq!(found, expected, "{}", parameter.name);
    }
}

#[test]
fn files_do_not_know_what_is_frozen() -> cnn::Result<()> {
    let plain = Plain::new(3);
    let mut tuned = Tuned::new(4);
    cnn::checkpoint::from_bytes(&mut tuned, &cnn::checkpoint::to_bytes(&plain))?;
    let sample = spread(128, 0.3);
    assert_eq!(tuned.predict(&sample), plain.predict(&sample));
    assert_eq!(
        tuned.freeze().predict(&sample),
        plain.freeze().predict(&sample)
    );
    let mut back = Plain::new(5);
    cnn::checkpoint::from_bytes(&mut back, &cnn::checkpoint::to_bytes(&tuned))?;
    assert_eq!(back.values(), plain.values());
    Ok(())
}

#[test]
fn pieces_hold_their_frozen_parts_too() {
    let mut net = Tuned::zeroed();
    for (value, parameter) in net.values_mut().iter_mut().enumerate() {
        *parameter = value as f32;
    }
    let start = |name: &str| tensor(<Tuned>::SPEC.parameters, name).offset as f32;
    assert_eq!(net.stem().bias()[0], start("stem.bias"));
    let stage = net.stage1();
    assert_eq!(stage.conv1().bias()[0], start("stage1.conv1.bias"));
    assert_eq!(stage.conv2().bias()[0], start("stage1.conv2.bias"));
    let second = net.body().1;
    assert_eq!(second.conv1().bias()[1], start("body.1.conv1.bias") + 1.0);
    let inner = second.inner().conv1();
    assert_eq!(
        inner.weight()[0][0][0][0],
        start("body.1.inner.conv1.weight")
    );
    assert_eq!(
        net.repeat2().1.conv1().bias()[0],
        start("repeat2.1.conv1.bias")
    );
    assert_eq!(
        net.features().conv1().bias()[0],
        start("features.conv1.bias")
    );

    net.body_mut().0.inner().conv1().bias()[2] = -1.0;
    net.body_mut().1.conv1().bias()[3] = -2.0;
    net.stage1_mut().conv1().bias()[0] = -3.0;
    net.classes_mut().bias()[1] = -4.0;
    assert_eq!(net.body().0.inner().conv1().bias()[2], -1.0);
    assert_eq!(net.body().1.conv1().bias()[3], -2.0);
    assert_eq!(net.stage1().conv1().bias()[0], -3.0);
    assert_eq!(net.classes().bias()[1], -4.0);
}

/// Compares the gradients of two networks by the tensors that one of them learns, bit for bit, on every level.
fn compare_gradients<F, N>(samples: usize)
where
    F: Network<Scalar = f32>,
    N: Network<Scalar = f32, Input = F::Input, Output = F::Output>,
{
    let values = spread(F::SPEC.value_count(), 0.4);
    let values: Vec<f64> = values.iter().map(|&x| f64::from(x) / 4.0).collect();
    let mut of_frozen = vec![0.0; values.len()];
    for parameter in F::SPEC.parameters {
        let other = tensor(N::SPEC.parameters, parameter.name);
        of_frozen[parameter.range()].copy_from_slice(&values[other.range()]);
    }
    let data = spread(samples * F::Input::ELEMENTS, 0.6);
    let data: Vec<&[f32]> = data.chunks(F::Input::ELEMENTS).collect();
    let targets = spread(samples * F::Output::ELEMENTS, 0.2);
    let targets: Vec<&[f32]> = targets.chunks(F::Output::ELEMENTS).collect();
    let (samples, targets, loss) = (&data[..], &targets[..], &Weighted);
    for level in Level::available() {
        let batch = Batch::<F, _> {
            loss,
            samples,
            targets,
        };
        let found = batch.outcome::<f32>(level, &of_frozen);
        let batch = Batch::<N, _> {
            loss,
            samples,
            targets,
        };
        let expected = batch.outcome::<f32>(level, &values);
        assert_eq!(found.outputs, expected.outputs, "{level:?}");
        assert_eq!(found.d_inputs, expected.d_inputs, "{level:?}");
        for parameter in F::SPEC.learned() {
            let other = tensor(N::SPEC.parameters, parameter.name);
            let found = &found.gradients[parameter.range()];
            let expected = &expected.gradients[other.range()];
            assert_eq!(found, expected, "{} on {level:?}", parameter.name);
        }
    }
}

#[test]
fn gradients_by_what_is_learned_are_those_of_the_network_without_the_attribute() {
    compare_gradients::<Tuned, Plain>(19);
}

#[test]
fn gradients_are_the_same_one_sample_at_a_time() {
    assert_eq!(<Wide>::SPEC.training.samples, 1);
    compare_gradients::<Wide, WidePlain>(2);
}

/// Trains a network, and checks that what it has learned has changed, and nothing else.
fn check_trained<N>(mut net: N, optimizer: impl Optimizer) -> cnn::Result<()>
where
    N: Network<Scalar = f32, Output = Flat<3>> + cnn::Accepts<<N as Network>::Input>,
{
    let samples = spread(40 * N::Input::ELEMENTS, 0.5);
    let classes: Vec<usize> = (0..40).map(|n| n % 3).collect();
    let data = InMemory::<N::Input, Class>::from_classes(samples, classes, 3)?;
    let bits = |net: &N| net.values().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let before = bits(&net);
    Trainer::new(SoftmaxCrossEntropy, optimizer)
        .epochs(2)
        .batch_size(20)
        .progress(Progress::Silent)
        .fit(&mut net, &data, None)?;
    let (after, learned) = (bits(&net), N::SPEC.parameter_count);
    assert_eq!(before[learned..], after[learned..]);
    let changed = (0..learned).filter(|&n| before[n] != after[n]).count();
    assert!(changed > learned / 2, "{changed} of {learned}");
    Ok(())
}

#[test]
fn no_optimizer_changes_what_is_frozen() -> cnn::Result<()> {
    let decay = Sgd::new(0.05).momentum(0.9).weight_decay(0.1);
    check_trained(Tuned::new(1), decay)?;
    check_trained(Tuned::new(1), Adam::new(1e-2))?;
    check_trained(Normed::new(1), decay)
}

#[test]
fn weights_that_are_drawn_anew_are_none_of_the_frozen_ones() {
    let mut net = Normed::new(1);
    let before = net.clone();
    let kind = cnn::init::Initialization::GlorotUniform;
    cnn::init::initialize_with(<Normed>::SPEC, kind, 5, net.parameters_mut());
    assert_ne!(net.parameters(), before.parameters());
    let learned = <Normed>::SPEC.parameter_count;
    assert_eq!(net.values()[learned..], before.values()[learned..]);
}

#[test]
fn a_frozen_weight_that_is_not_finite_is_named() -> cnn::Result<()> {
    let mut net = Tuned::new(1);
    net.features_mut().conv1().weight()[2][1][0][0] = f32::NAN;
    let data = InMemory::<Chw<2, 8, 8>, Class>::from_classes(vec![0.5; 128], vec![1], 3)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.1)).progress(Progress::Silent);
    let error = trainer.fit(&mut net, &data, None);
    let message = error.expect_err("a weight is NaN").to_string();
    assert!(message.contains("features.conv1.weight"), "{message}");
    Ok(())
}

#[test]
fn a_frozen_norm_needs_no_batch_and_ends_no_phase() {
    let spec = <Normed>::SPEC;
    assert!(spec.training.has_one_phase());
    assert_eq!(spec.least_batch(), None);
    assert_eq!(spec.learned().count(), 2);
    // Running mean and variance, and their count, stand behind all parameters.
    assert_eq!(Normed::new(1).statistics().len(), 4 + 4 + 1);
    assert_eq!(Normed::new(1).statistics()[4..8], [1.0; 4]);
    assert_eq!(
        Normed::ZERO.statistics()[..],
        Normed::zeroed().statistics()[..]
    );
    assert_eq!(Normed::new(1).parameters().len(), 64 * 3 + 3);
}

#[test]
fn the_summary_says_what_is_frozen() {
    let text = Normed::new(1).summary().to_string();
    assert!(
        text.contains("#[frozen] conv<3x3>(4, bias = false)"),
        "{text}"
    );
    let expected = "parameters   956 B; 195 are learned, 44 stay as they are";
    assert!(text.contains(expected), "{text}");
    // Below the frozen layers no gradient is computed.
    assert_eq!(<Normed>::SPEC.backward_macs(), 64 * 3);
}
