//! What a step does not take.

use crate::error::Result;
use crate::loss::SoftmaxCrossEntropy;
use crate::optim::Sgd;
use crate::simd::Level;
use crate::toy::Toy;
use crate::train::TrainingStep;
use std::string::ToString;

#[test]
fn a_sample_or_target_that_does_not_fit_is_refused_by_a_step() -> Result<()> {
    let mut net = Toy::<f32>::new(1);
    let sgd = Sgd::new(0.1);
    let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 4, Level::detect())?;
    let mut message = |samples: &[&[f32]], targets: &[usize]| {
        let error = step.run(&mut net, samples, targets);
        error.expect_err("something does not fit").to_string()
    };
    assert_eq!(
        message(&[&[0.0; 4], &[0.0; 5]], &[0, 1]),
        "sample 1 of the given data set has 5 elements, expected 4"
    );
    let class = message(&[&[0.0; 4], &[0.0; 4]], &[0, 9]);
    assert!(
        class.starts_with("the target of sample 1 of the given data set is class 9"),
        "{class}"
    );
    Ok(())
}
