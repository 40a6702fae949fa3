//! Runs a workload for a tool that counts the instructions of one repetition: see `.ci/instructions`.
//!
//! `instructions <workload> <train|infer> <level> <noise|zeros|large>`; the repetition that counts is what
//! [`counted`] executes, after one that meets everything for the first time.

mod measure;
mod networks;

use std::hint::black_box;
use std::process::ExitCode;

use cnn::loss::Loss;
use cnn::predict::Frozen;
use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::TrainingStep;
use measure::{classes, noise};

/// Samples in a step: a block of sixteen, and one of eight where the level has those.
const BATCH: usize = 24;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), String> {
    let (workload, task, level, input) = match *arguments {
        [workload, task, level, input] => (workload, task, level, input),
        // `cargo bench` runs every benchmark.
        [] | ["--bench"] => {
            eprintln!("counted by .ci/instructions, not measured");
            return Ok(());
        }
        _ => return Err(format!("expected four arguments, found {arguments:?}")),
    };
    let level =
        Level::named(level).ok_or_else(|| format!("this machine has no level `{level}`"))?;
    let job = Job { level, input };
    match workload {
        "lenet5" => job.run(networks::LeNet5::new(1), task),
        "resnet8" => job.run(networks::ResNet8::new(1), task),
        // Training takes the most time to compile, so that no other kernels of it are counted.
        "cifar_vgg" if task == "infer" => job.infer(&networks::CifarVgg::new(1)),
        "dscnn" if task == "infer" => job.infer(&networks::DsCnn::new(1)),
        "seednet" if task == "infer" => job.infer(&networks::SeedNet::new(1)),
        "chain" if task == "infer" => job.infer(&networks::Chain::new(1)),
        _ => Err(format!(
            "no workload `{workload}` with a task `{task}`; there are lenet5 and resnet8 with train and \
             infer, and cifar_vgg, dscnn, seednet and chain with infer"
        )),
    }
}

struct Job<'a> {
    level: Level,
    input: &'a str,
}

impl Job<'_> {
    fn run<N>(self, net: N, task: &str) -> Result<(), String>
    where
        N: Network<Scalar = f32>,
        SoftmaxCrossEntropy: Loss<N::Output, Target = Class>,
    {
        match task {
            "train" => self.train(net).map_err(|fault| fault.to_string()),
            "infer" => self.infer(&net),
            _ => Err(format!("no task `{task}`; there are train and infer")),
        }
    }

    /// Made in the same way whatever they are, so that they lie at the same addresses.
    fn samples(&self, elements: usize) -> Result<Vec<f32>, String> {
        let scale = match self.input {
            "noise" => 1.0,
            "zeros" => 0.0,
            "large" => 1e6,
            other => {
                return Err(format!(
                    "no input `{other}`; there are noise, zeros and large"
                ));
            }
        };
        let mut samples = noise(elements);
        samples.iter_mut().for_each(|x| *x *= scale);
        Ok(samples)
    }

    fn infer<N: Network<Scalar = f32>>(self, net: &N) -> Result<(), String> {
        let sample = self.samples(N::Input::ELEMENTS)?;
        let mut output = vec![0.0; N::Output::ELEMENTS];
        let mut frozen = Frozen::new(net).with_level(self.level);
        repeat(|| {
            frozen.predict_into(black_box(&sample), &mut output);
            black_box(&output);
            Ok(())
        })
    }

    fn train<N>(self, mut net: N) -> cnn::Result<()>
    where
        N: Network<Scalar = f32>,
        SoftmaxCrossEntropy: Loss<N::Output, Target = Class>,
    {
        let samples = noise(BATCH * N::Input::ELEMENTS);
        let samples: Vec<&[f32]> = samples.chunks(N::Input::ELEMENTS).collect();
        let targets = classes(BATCH, N::Output::ELEMENTS);
        let optimizer = Sgd::new(1e-4);
        let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, optimizer, BATCH, self.level)?;
        repeat(|| step.run(&mut net, &samples, &targets).map(drop))
    }
}

/// Runs a job twice, the second time counted.
fn repeat<E>(mut job: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    job()?;
    counted(job)
}

/// Runs a job in a function that can be told from others by its name.
#[inline(never)]
fn counted<E>(mut job: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    job()
}
