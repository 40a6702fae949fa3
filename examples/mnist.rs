//! Trains LeNet-5 on MNIST, from the four original files.
//!
//! ```text
//! cargo run --release --example mnist -- --data data/mnist --epochs 3
//! ```

// The program's output is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use cnn::prelude::*;

network! {
    /// LeNet-5 for 28×28 grey-scale digits (LeCun et al. 1998), with ReLU and max pooling.
    LeNet5: 1x28x28
        -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu
        -> dense(84)  -> relu
        -> logits: dense(10)
        -> 10
}

/// Trains LeNet-5 on MNIST.
#[derive(Parser)]
struct Options {
    /// The folder with the four files, plain or gzipped.
    #[arg(long, default_value = "data/mnist")]
    data: PathBuf,
    /// Passes over the training set.
    #[arg(long, default_value_t = 12)]
    epochs: usize,
    /// Samples per step.
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// Threads that share a step; the result does not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Decides the initial weights and the order of samples.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// The learning rate of Adam at the beginning; it falls to zero along a cosine.
    #[arg(long, default_value_t = 2e-3)]
    lr: f64,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(accuracy) => {
            println!("test accuracy: {:.2} %", 100.0 * accuracy);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> cnn::Result<f64> {
    let (train, test) = Mnist::load(&options.data)?;
    let mut net = LeNet5::new(options.seed);
    println!("{}", net.summary());
    let history = Trainer::new(SoftmaxCrossEntropy, Adam::new(options.lr))
        .epochs(options.epochs)
        .batch_size(options.batch_size)
        .threads(options.threads)
        .seed(options.seed)
        .schedule(Cosine::new())
        .fit(&mut net, &train, Some(&test))?;
    println!("trained in {:.1} s", history.seconds());
    Ok(history.test_accuracy().unwrap_or_default())
}
