//! The trainer on a network written by hand.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use crate::clip::Clip;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::init::{Initialization, initialize_with};
use crate::loss::{Loss, MeanSquaredError, SoftmaxCrossEntropy, TargetFault};
use crate::network::Network;
use crate::optim::{Adam, Sgd};
use crate::schedule::Cosine;
use crate::sentry::{Divergence, Quantity, Sentry};
use crate::shape::Flat;
use crate::simd::Level;
use crate::target::{Class, Values};
use crate::toy::Toy;
use crate::train::{History, Progress, Trainer, TrainingStep, evaluate, group_count};

mod refused;
mod shared;
mod weighted;

/// Points of four coordinates; the class is the sign pattern of two of them.
struct Points {
    samples: Vec<[f32; 4]>,
    classes: Vec<usize>,
}

impl Points {
    fn new(count: usize) -> Self {
        let samples: Vec<[f32; 4]> = (0..count)
            .map(|n| core::array::from_fn(|i| ((n * 37 + i * 11 + n * i) % 23) as f32 / 11.0 - 1.0))
            .collect();
        let class = |s: &[f32; 4]| usize::from(s[0] > 0.0) + usize::from(s[1] > 0.0);
        let classes = samples.iter().map(class).collect();
        Self { samples, classes }
    }
}

impl Dataset for Points {
    type Sample = Flat<4>;
    type Target = Class;
    fn len(&self) -> usize {
        self.samples.len()
    }
    fn sample(&self, index: usize) -> &[f32] {
        &self.samples[index]
    }
    fn target(&self, index: usize) -> usize {
        self.classes[index]
    }
}

/// The same points with values as targets.
struct Regression(Points, Vec<[f32; 3]>);

impl Dataset for Regression {
    type Sample = Flat<4>;
    type Target = Values<Flat<3>>;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn sample(&self, index: usize) -> &[f32] {
        self.0.sample(index)
    }
    fn target(&self, index: usize) -> &[f32] {
        &self.1[index]
    }
}

fn trainer() -> Trainer<SoftmaxCrossEntropy, Adam> {
    Trainer::new(SoftmaxCrossEntropy, Adam::new(0.01))
        .batch_size(100)
        .epochs(3)
        .progress(Progress::Silent)
}

/// What `trainer` says about `data`.
fn fault(trainer: Trainer<SoftmaxCrossEntropy, Adam>, data: &Points) -> Error {
    let mut net = Toy::<f32>::new(1);
    let result = trainer.fit(&mut net, data, None);
    let error = result.expect_err("the trainer accepts bad input");
    assert_eq!(net.parameters(), Toy::<f32>::new(1).parameters());
    error
}

#[test]
fn it_overfits_one_batch() -> Result<()> {
    let data = Points::new(32);
    let mut net = Toy::<f32>::new(1);
    let history = trainer().epochs(800).fit(&mut net, &data, Some(&data))?;
    let last = history.last().expect("there were epochs");
    assert!(last.train_loss < 0.05, "{last}");
    assert_eq!(history.test_accuracy(), Some(1.0));
    assert_eq!(history.epochs.len(), 800);
    Ok(())
}

#[test]
fn equal_seeds_give_equal_bits_for_any_number_of_threads() -> Result<()> {
    // Batches of 130, 130 and 73 samples: eight, eight and four groups.
    let (data, test) = (Points::new(333), Points::new(50));
    assert_eq!(group_count(130, Toy::<f32>::SPEC), 8);
    let run = |threads| -> Result<(Vec<u32>, History)> {
        let mut net = Toy::<f32>::new(1);
        let history = trainer()
            .threads(threads)
            .batch_size(130)
            .clip(Clip::GlobalNorm(0.5))
            .schedule(Cosine::new().warmup(2))
            .fit(&mut net, &data, Some(&test))?;
        let bits = net.parameters().iter().map(|p| p.to_bits()).collect();
        Ok((bits, history))
    };
    let (bits, history) = run(1)?;
    for threads in [1, 2, 3, 8] {
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
fn another_seed_gives_another_order_and_other_bits() -> Result<()> {
    let data = Points::new(333);
    let run = |seed| -> Result<Toy<f32>> {
        let mut net = Toy::<f32>::new(1);
        trainer().seed(seed).fit(&mut net, &data, None)?;
        Ok(net)
    };
    assert_ne!(run(1)?.parameters(), run(2)?.parameters());
    Ok(())
}

#[test]
fn a_step_of_any_batch_size_follows_the_mean_gradient() -> Result<()> {
    let data = Points::new(70);
    let samples: Vec<&[f32]> = data.samples.iter().map(|s| &s[..]).collect();
    for level in Level::available() {
        for batch in [1, 2, 15, 16, 17, 33, 70] {
            let mut net = Toy::<f64>::new(3);
            let before = net.parameters().to_vec();
            let loss = |net: &Toy<f64>| -> Result<f64> {
                let part = Points {
                    samples: data.samples[..batch].to_vec(),
                    classes: data.classes[..batch].to_vec(),
                };
                Ok(evaluate(net, &SoftmaxCrossEntropy, &part, 2)?.loss)
            };
            let loss_before = loss(&net)?;
            let sgd = Sgd::new(1.0);
            let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 70, level)?;
            let total = step.run(&mut net, &samples[..batch], &data.classes[..batch])?;
            assert!((total.loss - loss_before).abs() < 1e-12);
            // The update is the negative gradient; compare with central differences.
            let update: Vec<f64> = net
                .parameters()
                .iter()
                .zip(&before)
                .map(|(a, b)| b - a)
                .collect();
            for (index, gradient) in update.into_iter().enumerate() {
                let mut at = |shift: f64| {
                    net.parameters_mut().copy_from_slice(&before);
                    net.parameters_mut()[index] += shift;
                    loss(&net)
                };
                let numeric = (at(1e-6)? - at(-1e-6)?) / 2e-6;
                assert!(
                    (numeric - gradient).abs() < 1e-6,
                    "{level:?} batch {batch} [{index}] {gradient} {numeric}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn a_network_learns_values_too_and_has_no_accuracy() -> Result<()> {
    let points = Points::new(64);
    let values = points
        .samples
        .iter()
        .map(|s| [s[0] + s[1], s[2], 0.5])
        .collect();
    let data = Regression(points, values);
    let mut net = Toy::<f32>::new(1);
    let history = Trainer::new(MeanSquaredError, Adam::new(0.02))
        .epochs(200)
        .progress(Progress::Silent)
        .fit(&mut net, &data, Some(&data))?;
    let last = history.last().expect("there were epochs");
    assert!(last.train_loss < 0.02, "{last}");
    assert_eq!(last.train_accuracy, None);
    Ok(())
}

#[test]
fn settings_that_make_no_sense_are_refused_before_anything_starts() {
    let data = Points::new(20);
    let message = |trainer| fault(trainer, &data).to_string();
    assert_eq!(
        message(trainer().batch_size(0)),
        "the batch size is 0, expected at least 1; write for example `.batch_size(32)`"
    );
    assert_eq!(
        message(trainer().threads(0)),
        "the number of threads is 0, expected at least 1; write for example `.threads(2)`"
    );
    for rate in [0.0, -1.0, f64::INFINITY, f64::NAN] {
        let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(rate));
        assert_eq!(
            message(trainer),
            format!(
                "the learning rate is {rate}, expected a finite number above 0; \
                 write for example `Adam::new(1e-3)`"
            )
        );
    }
    let clip = message(trainer().clip(Clip::Value(f64::NAN)));
    assert!(
        clip.starts_with("the bound of `Clip::Value` is NaN"),
        "{clip}"
    );
}

#[test]
fn data_that_cannot_be_used_are_refused_with_their_place() {
    assert!(matches!(
        fault(trainer(), &Points::new(0)),
        Error::EmptyDataset { set: "training" }
    ));

    let mut data = Points::new(20);
    data.classes[13] = 3;
    assert!(matches!(
        fault(trainer(), &data),
        Error::Target {
            sample: 13,
            fault: TargetFault::Class {
                found: 3,
                classes: 3
            },
            ..
        }
    ));
    assert_eq!(
        fault(trainer(), &data).to_string(),
        "the target of sample 13 of the training data set is class 3, but the network tells \
         3 classes apart, 0 to 2; correct the label, or give the last layer more outputs"
    );

    let mut data = Points::new(20);
    data.samples[7][2] = f32::NAN;
    assert_eq!(
        fault(trainer(), &data).to_string(),
        "sample 7 of the training data set is NaN at element 2, expected a finite number; \
         remove the sample or repair it"
    );

    let mut net = Toy::<f32>::new(1);
    let result = trainer().fit(&mut net, &Points::new(20), Some(&data));
    assert!(matches!(
        result,
        Err(Error::SampleValue { set: "test", .. })
    ));
}

/// The divergence of one epoch on points scaled by `scale`, from parameters all equal `value`.
fn divergence<L>(loss: L, value: f64, scale: f32) -> Option<(Divergence, Toy<f32>)>
where
    L: Loss<Flat<3>, Target = Class>,
{
    let mut data = Points::new(40);
    data.samples
        .iter_mut()
        .flatten()
        .for_each(|x| *x = x.abs() * scale);
    let mut net = Toy::<f32>::new(1);
    initialize_with(
        Toy::<f32>::SPEC,
        Initialization::Constant(value),
        1,
        net.parameters_mut(),
    );
    let trainer = Trainer::new(loss, Sgd::new(0.1)).progress(Progress::Silent);
    match trainer.fit(&mut net, &data, None) {
        Err(Error::Diverged(divergence)) => Some((*divergence, net)),
        _ => None,
    }
}

#[test]
fn divergence_names_the_first_layer_and_keeps_the_parameters() {
    let cases = [
        // 1e20 · 1e20 overflows in the first layer, 1e15 · 1e15 · 1e15 in the second.
        (1e20, 1e20, "relu1"),
        (1e15, 1e15, "logits"),
    ];
    for (value, scale, layer) in cases {
        let (found, net) = divergence(SoftmaxCrossEntropy, value, scale).expect("it diverges");
        assert_eq!((found.layer, found.quantity), (layer, Quantity::Output));
        assert_eq!((found.step, found.epoch), (1, Some(1)));
        assert_eq!(net.parameters()[0], value as f32);
    }
}

#[test]
fn divergence_of_loss_gradients_and_parameters_is_told_apart() -> Result<()> {
    let diverge = |set: fn(&mut [f32]), input: f32, target: f32| -> Result<(Divergence, bool)> {
        let mut net = Toy::<f32>::new(1);
        set(net.parameters_mut());
        let before: Vec<u32> = net.parameters().iter().map(|p| p.to_bits()).collect();
        let (sample, target) = ([input; 4], [target; 3]);
        let (samples, targets) = ([&sample[..]; 4], [&target[..]; 4]);
        let sgd = Sgd::new(0.1);
        let mut step = TrainingStep::new(&net, MeanSquaredError, sgd, 4, Level::detect())?;
        match step.run(&mut net, &samples, &targets) {
            Err(Error::Diverged(divergence)) => {
                let after = net.parameters().iter().map(|p| p.to_bits());
                Ok((*divergence, after.eq(before)))
            }
            other => panic!("expected a divergence, got {other:?}"),
        }
    };
    type Case = (fn(&mut [f32]), f32, f32, &'static str, Quantity);
    let cases: [Case; 5] = [
        // The square of 3e38 overflows.
        (|_| {}, 1.0, 3e38, "logits", Quantity::Loss),
        // Hidden values of 4e-38, so outputs of 32 · 1; the gradient by them is near 1e40.
        (
            |p| weights(p, 1e-38, 1e38),
            1.0,
            1e3,
            "logits",
            Quantity::InputGradient,
        ),
        // The gradient by the first layer's output, some hundreds, times an input of 3e38.
        (
            |p| weights(p, 1e-38, 1.0),
            3e38,
            1e3,
            "dense1",
            Quantity::ParameterGradient("dense1.weight"),
        ),
        // `relu` may swallow a NaN; the parameters are looked at first.
        (
            |p| p[33] = f32::NAN,
            1.0,
            0.0,
            "dense1",
            Quantity::Parameter("dense1.bias"),
        ),
        (|_| {}, f32::NAN, 0.0, "dense1", Quantity::Input),
    ];
    for (set, input, target, layer, quantity) in cases {
        let (found, kept) = diverge(set, input, target)?;
        assert_eq!((found.layer, found.quantity), (layer, quantity));
        assert!(kept, "{found}");
    }
    Ok(())
}

/// Sets the weights of the two layers to one value each, and the biases to zero.
fn weights(parameters: &mut [f32], first: f32, second: f32) {
    parameters.fill(0.0);
    parameters[..32].fill(first);
    parameters[40..64].fill(second);
}

#[test]
fn an_update_that_spoils_the_parameters_is_reported() -> Result<()> {
    let data = Points::new(4);
    let samples: Vec<&[f32]> = data.samples.iter().map(|s| &s[..]).collect();
    let mut net = Toy::<f32>::new(1);
    let sgd = Sgd::new(1e300);
    let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 4, Level::detect())?;
    let error = step
        .run(&mut net, &samples, &data.classes)
        .expect_err("it diverges");
    let message = error.to_string();
    assert!(
        message.contains("the update of `dense1.weight`"),
        "{message}"
    );

    let mut unwatched =
        TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 4, Level::detect())?.sentry(Sentry::Off);
    assert!(unwatched.run(&mut net, &samples, &data.classes).is_ok());
    Ok(())
}
