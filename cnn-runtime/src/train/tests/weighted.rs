//! The trainer with losses whose mean is a weighted one.

use super::*;
use crate::loss::CrossEntropy;

#[test]
fn class_weights_give_equal_bits_for_any_number_of_threads() -> Result<()> {
    // Batches of 130, 130 and 75 samples: eight, eight and four groups, the last of them short.
    let data = Points::new(335);
    let loss = SoftmaxCrossEntropy
        .class_weights([0.3, 1.0, 2.7])
        .label_smoothing(0.1);
    let run = |threads| -> Result<(Vec<u32>, History)> {
        let mut net = Toy::<f32>::new(1);
        let history = Trainer::new(loss, Adam::new(0.01))
            .threads(threads)
            .batch_size(130)
            .epochs(3)
            .progress(Progress::Silent)
            .fit(&mut net, &data, Some(&data))?;
        let bits = net.parameters().iter().map(|p| p.to_bits()).collect();
        Ok((bits, history))
    };
    let (bits, history) = run(1)?;
    for threads in [2, 3] {
        let (other_bits, other) = run(threads)?;
        assert_eq!(bits, other_bits, "{threads} threads");
        for (a, b) in history.epochs.iter().zip(&other.epochs) {
            assert_eq!(a.train_loss.to_bits(), b.train_loss.to_bits());
            assert_eq!((a.train_accuracy, a.test), (b.train_accuracy, b.test));
        }
    }
    Ok(())
}

#[test]
fn a_step_divides_by_the_weights_of_the_whole_batch() -> Result<()> {
    let data = Points::new(45);
    let samples: Vec<&[f32]> = data.samples.iter().map(|s| &s[..]).collect();
    let weights = [0.5, 2.0, 4.0];
    let (mut sum, mut total) = (0.0, 0.0);
    for (sample, &class) in samples.iter().zip(&data.classes) {
        let one = TrainingStep::new(
            &Toy::<f64>::new(3),
            SoftmaxCrossEntropy,
            Sgd::new(0.1),
            1,
            Level::detect(),
        )?
        .run(&mut Toy::<f64>::new(3), &[sample], &[class])?;
        sum += weights[class] * one.loss;
        total += weights[class];
    }
    let loss = SoftmaxCrossEntropy.class_weights(weights);
    let mut net = Toy::<f64>::new(3);
    let mut step = TrainingStep::new(&net, loss, Sgd::new(0.1), 45, Level::detect())?;
    let found = step.run(&mut net, &samples, &data.classes)?;
    assert!((found.loss - sum / total).abs() < 1e-12);
    assert_eq!((found.weight, found.counted), (total, 45));
    Ok(())
}

#[test]
fn losses_that_make_no_sense_are_refused_before_anything_starts() {
    let data = Points::new(20);
    let message = |loss: CrossEntropy<[f64; 3]>| {
        let mut net = Toy::<f32>::new(1);
        let trainer = Trainer::new(loss, Sgd::new(0.1)).progress(Progress::Silent);
        let error = trainer.fit(&mut net, &data, None).expect_err("the loss");
        error.to_string()
    };
    let weights = SoftmaxCrossEntropy.class_weights([1.0, -1.0, 1.0]);
    let found = message(weights);
    assert!(
        found.starts_with("the weight of class 1 is -1, expected a finite number, 0 or above"),
        "{found}"
    );
    let found = message(SoftmaxCrossEntropy.class_weights([0.0; 3]));
    assert!(
        found.starts_with("no target of the training data set counts in the loss"),
        "{found}"
    );
}
