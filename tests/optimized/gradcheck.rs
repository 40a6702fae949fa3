//! The gradient check on generated networks: right ones pass, wrong ones are reported.

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../planted/mod.rs"]
mod planted;

use cnn_runtime::gradcheck::{GradientCheck, Report};
use cnn_runtime::loss::{MeanSquaredError, SoftmaxCrossEntropy};
use cnn_runtime::simd::Level;
use cnn_runtime::{Chw, Class, Flat, Network, Values, loss::Loss};
use harness::spread;
use planted::{
    FlippedKernel, HalfInput, MissingFactor, Mistake, Nothing, OneScalar, Planted, ShiftedTap,
    Zeros,
};

/// A check of some entries of every tensor.
fn few() -> GradientCheck {
    GradientCheck::new().max_entries_per_tensor(20)
}

cnn::network! {
    /// The network of the question that this project answers, on a smaller image.
    Filters: 1x9x8
        -> conv1: conv<3x3>(2, padding = same) -> tanh
        -> 2x9x8
}

cnn::network! {
    Classifier: 1x12x12
        -> conv1: conv<5x5>(6) -> relu -> max_pool<2x2>
        -> conv2: conv<3x3>(8) -> relu
        -> flatten -> dense(10) -> 10
}

cnn::network! {
    /// Its batch is computed in several phases.
    Normed: 1x9x8
        -> conv1: conv<3x3>(2, padding = same, bias = false) -> batch_norm -> tanh
        -> #[allow(useless_bias)] conv<1x1>(2) -> batch_norm
        -> 2x9x8
}

cnn::network! {
    /// Gradients that are updated in place, and others beside them that must not be: of values that are read
    /// more than once, and of views. Activations that are computed behind pools, and one that is not.
    Shared: 1x9x8
        -> a: conv<1x1>(2) -> r: relu -> max_pool<3x3>(stride = 1, padding = 1)
        -> add(identity, r) -> batch_norm(affine = false) -> leaky_relu
        -> add(conv<1x1>(2, bias = false) -> batch_norm, identity, a)
        -> residual(conv<3x3>(2, padding = same, bias = false) -> batch_norm -> relu6) -> relu
        -> max_pool<2x2>(stride = 1) -> pad((top = 1, left = 1))
        -> flatten -> add(identity, identity) -> reshape(2x9x8)
        -> 2x9x8
}

cnn::network! {
    /// Activations behind two pools, one that clamps at both ends, and those that norms compute anew.
    Clamped: 1x12x12
        -> conv<1x1>(4, bias = false) -> relu -> max_pool<2x2> -> max_pool<2x2>
        -> conv<1x1>(6, bias = false) -> batch_norm -> hard_sigmoid
        -> conv<1x1>(6, bias = false) -> batch_norm -> leaky_relu
        -> conv<1x1>(6, bias = false) -> batch_norm(affine = false) -> relu6 -> max_pool<2x2>(stride = 1)
        -> flatten -> dense(10) -> 10
}

/// Networks with images of 1x9x8 as input and 2x9x8 as output.
fn check_filters<N>(check: GradientCheck, net: &N, batch: usize) -> Report
where
    N: Network<Input = Chw<1, 9, 8>, Output = Chw<2, 9, 8>>,
    MeanSquaredError: Loss<Chw<2, 9, 8>, Target = Values<Chw<2, 9, 8>>>,
{
    let samples: Vec<_> = (0..batch).map(|n| spread(72, n as f64 * 0.37)).collect();
    let targets: Vec<_> = (0..batch).map(|n| spread(144, n as f64 * 0.73)).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets: Vec<&[f32]> = targets.iter().map(Vec::as_slice).collect();
    check
        .run(net, &MeanSquaredError, &samples, &targets)
        .expect("the batch fits the network and the loss")
}

/// Networks with images of 1x12x12 as input and ten classes.
fn check_classifier<N>(check: GradientCheck, net: &N, batch: usize) -> Report
where
    N: Network<Input = Chw<1, 12, 12>, Output = Flat<10>>,
    SoftmaxCrossEntropy: Loss<Flat<10>, Target = Class>,
{
    let samples: Vec<_> = (0..batch).map(|n| spread(144, n as f64 * 0.37)).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets: Vec<usize> = (0..batch).map(|n| n * 7 % 10).collect();
    check
        .run(net, &SoftmaxCrossEntropy, &samples, &targets)
        .expect("the batch fits the network and the loss")
}

/// The report must say that one tensor is wrong, and no other.
#[track_caller]
fn assert_blames(report: &Report, tensor: &str) {
    let failed = report.tensors().iter().filter(|tensor| !tensor.passed());
    let failed: Vec<_> = failed.map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(failed, [tensor], "{report}");
}

fn assert_reported_in_all<M: Mistake>(tensor: &str) {
    let check = few();
    let filters = Planted::<_, M>::new(Filters::new(3));
    assert_blames(&check_filters(check, &filters, 3), tensor);
    let classifier = Planted::<_, M>::new(Classifier::new(3));
    assert_blames(&check_classifier(check, &classifier, 19), tensor);
    let normed = Planted::<_, M>::new(Normed::new(3));
    assert_blames(&check_filters(check, &normed, 19), tensor);
}

#[test]
fn right_gradients_pass_on_every_level() {
    // Values three times as large reach what clamps: a bias that shifts all results of a norm's channel has no gradient.
    let mut clamped = Clamped::new(3);
    for value in clamped.parameters_mut() {
        *value *= 3.0;
    }
    for level in Level::available() {
        let check = few().level(level);
        for batch in [1, 19] {
            let report = check_filters(check, &Filters::new(3), batch);
            assert!(report.passed(), "{level:?}: {report}");
            let report = check_classifier(check, &Classifier::new(3), batch);
            assert!(report.passed(), "{level:?}: {report}");
            let report = check_filters(check, &Normed::new(3), batch);
            assert!(report.passed(), "{level:?}: {report}");
            let report = check_classifier(check, &clamped, batch);
            assert!(report.passed(), "{level:?}: {report}");
            let report = check_filters(check, &Shared::new(3), batch);
            assert!(report.passed(), "{level:?}: {report}");
        }
    }
}

#[test]
fn the_wrapper_alone_changes_nothing() {
    let net = Planted::<_, Nothing>::new(Filters::new(3));
    let report = check_filters(few(), &net, 3);
    assert!(report.passed(), "{report}");
}

/// The wrapper forgets before each phase what is not kept.
#[test]
fn no_phase_reads_what_another_did_not_keep() {
    assert!(Shared::SPEC.training.shared > 0 && Clamped::SPEC.training.shared > 0);
    let report = check_filters(few(), &Planted::<_, Nothing>::new(Shared::new(3)), 19);
    assert!(report.passed(), "{report}");
    let report = check_classifier(few(), &Planted::<_, Nothing>::new(Clamped::new(3)), 19);
    assert!(report.passed(), "{report}");
}

#[test]
fn one_scalar_for_all_taps_is_reported() {
    let net = Planted::<_, OneScalar>::new(Filters::new(3));
    for batch in [1, 3, 19] {
        let report = check_filters(few(), &net, batch);
        assert_blames(&report, "conv1.weight");
    }
}

#[test]
fn a_shifted_tap_is_reported() {
    assert_reported_in_all::<ShiftedTap>("conv1.weight");
}

#[test]
fn a_missing_factor_is_reported() {
    assert_reported_in_all::<MissingFactor>("conv1.weight");
}

#[test]
fn a_flipped_kernel_is_reported() {
    assert_reported_in_all::<FlippedKernel>("conv1.weight");
}

#[test]
fn a_gradient_that_is_zero_everywhere_is_reported() {
    assert_reported_in_all::<Zeros>("conv1.weight");
}

#[test]
fn a_wrong_gradient_by_the_input_is_reported() {
    assert_reported_in_all::<HalfInput>("input");
}

#[test]
fn a_relu_at_exactly_zero_and_its_ties_are_skipped() {
    let mut net = Classifier::new(3);
    // Without weights and bias the first convolution gives zeros: each relu is at its kink, and each
    // pool has a tie.
    let [weight, bias] = [0, 1].map(|tensor| <Classifier>::SPEC.parameters[tensor].range());
    net.parameters_mut()[weight].fill(0.0);
    net.parameters_mut()[bias].fill(0.0);
    // All entries of the first convolution, and some of what comes after it.
    let check = GradientCheck::new().max_entries_per_tensor(150);
    let report = check_classifier(check.jitter(0.0), &net, 3);
    let skipped = |name| {
        report
            .tensor(name)
            .map(|tensor| (tensor.checked, tensor.skipped))
    };
    assert_eq!(skipped("conv1.weight"), Some((0, 150)), "{report}");
    assert_eq!(skipped("conv1.bias"), Some((0, 6)), "{report}");
    assert!(
        !report.passed(),
        "what was not compared has not passed: {report}"
    );

    let beside_the_kink = check_classifier(check, &net, 3);
    assert!(beside_the_kink.passed(), "{beside_the_kink}");
}
