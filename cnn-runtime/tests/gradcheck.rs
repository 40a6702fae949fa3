//! The gradient check passes what is right, reports what is wrong, and says where it cannot know.

mod handwritten;
#[path = "../../tests/planted/mod.rs"]
mod planted;

use cnn_runtime::gradcheck::{CheckFault, GradientCheck, GradientFault, Report, gradcheck};
use cnn_runtime::loss::MeanSquaredError;
use cnn_runtime::{Network, Values};
use handwritten::{PARAMETERS, Squares, Tiny};
use planted::{
    FlippedKernel, HalfInput, MissingFactor, Mistake, Nothing, OneScalar, Planted, ShiftedTap,
    Zeros,
};

/// Numbers in −1..1 without a pattern: the golden ratio's multiples, whose remainders spread evenly.
fn spread(count: usize, seed: f64) -> Vec<f32> {
    let golden = 0.618_033_988_749_895;
    let number = |i: usize| 2.0 * ((i as f64 + seed) * golden).fract() - 1.0;
    (1..=count).map(|i| number(i) as f32).collect()
}

fn tiny() -> Tiny {
    Tiny {
        parameters: std::array::from_fn(|i| spread(PARAMETERS, 0.5)[i]),
    }
}

fn run<N: Network>(check: GradientCheck, net: &N, batch: usize) -> Report
where
    Squares: cnn_runtime::loss::Loss<N::Output, Target = Values<N::Output>>,
{
    let samples: Vec<_> = (0..batch).map(|n| spread(20, n as f64 * 0.37)).collect();
    let targets: Vec<_> = (0..batch).map(|n| spread(12, n as f64 * 0.73)).collect();
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets: Vec<&[f32]> = targets.iter().map(Vec::as_slice).collect();
    check
        .run(net, &Squares, &samples, &targets)
        .expect("the batch fits the network and the loss")
}

/// The check of a network with a mistake must fail, and name the tensor and nothing else.
fn assert_reported<M: Mistake>(tensor: &str) {
    for batch in [1, 3, 19] {
        let report = run(GradientCheck::new(), &Planted::<_, M>::new(tiny()), batch);
        let failed = report.tensors().iter().filter(|tensor| !tensor.passed());
        let failed: Vec<_> = failed.map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(failed, [tensor], "{report}");
        let table = report.to_string();
        assert!(table.contains("WRONG"), "{table}");
        let fault = report.into_result().expect_err("the gradient is wrong");
        assert!(fault.to_string().contains(tensor), "{fault}");
    }
}

#[test]
fn right_gradients_pass_for_any_number_of_samples() {
    for batch in [1, 2, 16, 17, 40] {
        let report = run(GradientCheck::new(), &tiny(), batch);
        assert!(report.passed(), "{report}");
        let planted = run(
            GradientCheck::new(),
            &Planted::<_, Nothing>::new(tiny()),
            batch,
        );
        assert!(planted.passed(), "{planted}");
    }
}

#[test]
fn one_scalar_for_all_taps_is_reported() {
    assert_reported::<OneScalar>("conv1.weight");
}

#[test]
fn a_shifted_tap_is_reported() {
    assert_reported::<ShiftedTap>("conv1.weight");
}

#[test]
fn a_missing_factor_is_reported() {
    assert_reported::<MissingFactor>("conv1.weight");
}

#[test]
fn a_flipped_kernel_is_reported() {
    assert_reported::<FlippedKernel>("conv1.weight");
}

#[test]
fn a_gradient_that_is_zero_everywhere_is_reported() {
    assert_reported::<Zeros>("conv1.weight");
}

#[test]
fn a_wrong_gradient_by_the_input_is_reported() {
    assert_reported::<HalfInput>("input");
}

#[test]
fn a_relu_at_exactly_zero_is_skipped_and_all_else_compared() {
    let mut net = tiny();
    // The first channel sees nothing and adds nothing: its relu is at its kink for every position.
    net.parameters[..9].fill(0.0);
    net.parameters[18] = 0.0;
    let report = run(GradientCheck::new().jitter(0.0), &net, 3);
    let weight = report.tensor("conv1.weight").expect("it is a parameter");
    assert_eq!((weight.checked, weight.skipped), (9, 9), "{report}");
    let bias = report.tensor("conv1.bias").expect("it is a parameter");
    assert_eq!((bias.checked, bias.skipped), (1, 1), "{report}");
    assert!(report.passed(), "{report}");

    let moved_off_the_kink = run(GradientCheck::new(), &net, 3);
    let weight = moved_off_the_kink.tensor("conv1.weight");
    assert_eq!(weight.map(|weight| weight.skipped), Some(0));
    assert!(moved_off_the_kink.passed(), "{moved_off_the_kink}");
}

#[test]
fn a_tensor_that_was_nearly_all_skipped_does_not_pass() {
    let mut net = tiny();
    net.parameters.fill(0.0);
    let report = run(GradientCheck::new().jitter(0.0), &net, 3);
    assert!(!report.passed(), "{report}");
    let fault = report.into_result().expect_err("all is on a kink");
    assert!(
        matches!(&fault, GradientFault::Inconclusive { tensor, checked: 0, .. } if tensor == "conv1.weight"),
        "{fault}"
    );
}

#[test]
fn a_loss_that_is_not_finite_does_not_pass() -> Result<(), CheckFault> {
    let (sample, mut target) = (spread(20, 0.1), spread(12, 0.2));
    for value in [f32::NAN, f32::INFINITY] {
        // A loss that looks at no target beforehand.
        target[5] = value;
        let report = gradcheck(&tiny(), &Squares, &[&sample], &[&target])?;
        assert!(!report.passed(), "{report}");
    }
    Ok(())
}

/// What cannot be told from the rounding of the loss does not pass.
#[test]
fn a_derivative_that_is_lost_in_rounding_is_not_known() -> Result<(), CheckFault> {
    let (sample, target) = (spread(20, 0.1), spread(12, 0.2));
    let samples: [&[f32]; 1] = [&sample];
    for step in [1e-14, 1e-16, 5e-324] {
        let check = GradientCheck::new().step(step);
        let report = check.run(&tiny(), &Squares, &samples, &[&target[..]])?;
        assert!(!report.passed(), "{step:e}: {report}");
        assert!(!report.to_string().contains("WRONG"), "{report}");
        let fault = report.into_result().expect_err("nothing is known");
        assert!(matches!(&fault, GradientFault::Inconclusive { lost, .. } if *lost > 0));
    }
    for far in [1e9, 1e15, 1e30] {
        let target = [far; 12];
        let report = gradcheck(&tiny(), &Squares, &samples, &[&target[..]])?;
        assert!(!report.passed(), "{far:e}: {report}");
    }
    Ok(())
}

#[test]
fn large_tensors_are_sampled_by_the_seed() {
    let check = GradientCheck::new().max_entries_per_tensor(5);
    let report = run(check.seed(1), &tiny(), 3);
    let checked: Vec<_> = report.tensors().iter().map(|t| t.checked).collect();
    assert_eq!(checked, [5, 2, 5]);
    assert_eq!(report, run(check.seed(1), &tiny(), 3));
    assert_ne!(report, run(check.seed(2), &tiny(), 3));
    assert!(report.passed(), "{report}");
}

#[test]
fn the_table_names_the_worst_entry_by_its_index() {
    let report = run(
        GradientCheck::new(),
        &Planted::<_, MissingFactor>::new(tiny()),
        3,
    );
    let weight = report.tensor("conv1.weight").expect("it is a parameter");
    let worst = weight.worst.as_ref().expect("entries were compared");
    assert_eq!(worst.index.len(), 4);
    assert!((worst.relative_error - 0.5).abs() < 1e-6, "{report}");
    let table = report.to_string();
    assert!(table.contains(&format!("{:?}", worst.index)), "{table}");
    assert!(table.ends_with("FAILED: 1 of 3 tensors"), "{table}");
}

#[test]
fn the_function_is_the_check_with_its_defaults() -> Result<(), CheckFault> {
    let (sample, target) = (spread(20, 0.1), spread(12, 0.2));
    let report = gradcheck(&tiny(), &Squares, &[&sample], &[&target])?;
    assert!(report.passed(), "{report}");
    Ok(())
}

#[test]
fn a_batch_that_cannot_be_checked_is_refused() {
    let (sample, target, other) = (spread(20, 0.1), spread(12, 0.2), spread(11, 0.3));
    let message = |samples: &[&[f32]], targets: &[&[f32]]| {
        let fault = gradcheck(&tiny(), &MeanSquaredError, samples, targets);
        fault.expect_err("it does not fit").to_string()
    };
    assert_eq!(
        message(&[], &[]),
        "the gradient check has 0 samples, expected at least 1; a few are enough"
    );
    assert_eq!(
        message(&[&sample], &[]),
        "the gradient check has 1 samples and 0 targets, expected a target for each sample"
    );
    assert_eq!(
        message(&[&sample, &other], &[&target, &target]),
        "sample 1 of the gradient check has 11 elements, expected 20, as many as the network's input"
    );
    let mut spoilt = sample.clone();
    spoilt[7] = f32::NAN;
    assert_eq!(
        message(&[&sample, &spoilt], &[&target, &target]),
        "sample 1 of the gradient check is NaN at element 7, expected a finite number"
    );
    let of_target = message(&[&sample, &sample], &[&target, &other]);
    assert!(
        of_target.starts_with("the target of sample 1 of the gradient check has 11"),
        "{of_target}"
    );
}

#[test]
fn a_network_that_has_diverged_is_refused() {
    let (sample, target) = (spread(20, 0.1), spread(12, 0.2));
    let mut net = tiny();
    net.parameters[18] = f32::INFINITY;
    let fault = gradcheck(&net, &Squares, &[&sample], &[&target]);
    let message = fault.expect_err("a parameter is infinite").to_string();
    assert!(
        message.starts_with("`conv1.bias` of the network is inf at element 0, expected"),
        "{message}"
    );
}

#[test]
fn numbers_of_the_check_that_make_no_sense_are_refused() {
    let (sample, target) = (spread(20, 0.1), spread(12, 0.2));
    let message = |check: GradientCheck| {
        let fault = check.run(&tiny(), &Squares, &[&sample[..]], &[&target[..]]);
        fault.expect_err("a number makes no sense").to_string()
    };
    let check = GradientCheck::new();
    assert_eq!(
        message(check.tolerance(f64::NAN)),
        "the tolerance is NaN, expected a finite number above 0; write for example `.tolerance(1e-5)`"
    );
    assert!(message(check.step(0.0)).starts_with("the step is 0, expected"));
    assert!(message(check.jitter(-1.0)).starts_with("the jitter is -1, expected"));
}
