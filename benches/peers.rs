//! Our side of the comparison with other libraries: a process that prepares and measures what
//! `benches/peers/run.py` asks for, beside the processes of the peers.

// Its answers are printed; the server is shared with crates that have no `unreachable_pub`.
#![allow(clippy::print_stdout)]

mod measure;
mod networks;
#[path = "peers/rust/server.rs"]
#[allow(unreachable_pub, missing_docs)]
mod server;

use cnn::data::Dataset;
use cnn::loss::Loss;
use cnn::prelude::*;
use cnn::simd::Level;
use cnn::{Accepts, Class, Network, Shape};
use measure::work::{class_data, value_data, with_inference, with_step};
use networks::{Chain, CifarVgg, DsCnn, LeNet5, ResNet8, SeedNet};
use server::{Case, Measure, Task, serve, time};

fn main() {
    serve(prepare, |name| Ok(1e-9 * measure::peak(level(name)?)));
}

fn prepare(case: &Case) -> Result<Measure, String> {
    match case.workload.as_str() {
        "lenet5" => classifier(LeNet5::new(1), case),
        "cifar_vgg" => classifier(CifarVgg::new(1), case),
        "resnet8" => classifier(ResNet8::new(1), case),
        "dscnn" => classifier(DsCnn::new(1), case),
        "seednet" => regression(SeedNet::new(1), case),
        "tiny" => regression(Chain::new(1), case),
        name => Err(format!("unknown workload: {name}")),
    }
}

fn level(name: &str) -> Result<Level, String> {
    Level::named(name).ok_or_else(|| format!("this machine has no level {name}"))
}

fn classifier<N, I, O>(net: N, case: &Case) -> Result<Measure, String>
where
    N: Network<Scalar = f32, Input = I, Output = O> + Accepts<I> + Clone + 'static,
    I: Shape,
    O: Shape,
    SoftmaxCrossEntropy: Loss<O, Target = Class>,
{
    match case.task {
        Task::Train => {
            let data = class_data::<I, O>(case.batch);
            training(net, SoftmaxCrossEntropy, data, case)
        }
        Task::Infer => inference(net, case),
    }
}

fn regression<N, I, O>(net: N, case: &Case) -> Result<Measure, String>
where
    N: Network<Scalar = f32, Input = I, Output = O> + Accepts<I> + Clone + 'static,
    I: Shape,
    O: Shape,
    MeanSquaredError: Loss<O, Target = Values<O>>,
{
    match case.task {
        Task::Train => {
            let data = value_data::<I, O>(case.batch);
            training(net, MeanSquaredError, data, case)
        }
        Task::Infer => inference(net, case),
    }
}

/// The workers live for one measurement, so that none is awake while a peer is measured.
fn training<N, L, D>(net: N, loss: L, data: D, case: &Case) -> Result<Measure, String>
where
    N: Network<Scalar = f32> + Accepts<D::Sample> + Clone + 'static,
    L: Loss<<N as Network>::Output> + Copy + 'static,
    D: Dataset<Target = <L as Loss<<N as Network>::Output>>::Target> + 'static,
{
    let place = (level(&case.level)?, case.threads);
    Ok(Box::new(move |length| {
        with_step(&net, loss, &data, place, |step| time(length, step))
    }))
}

fn inference<N>(net: N, case: &Case) -> Result<Measure, String>
where
    N: Network<Scalar = f32> + 'static,
{
    let (batch, place) = (case.batch, (level(&case.level)?, case.threads));
    Ok(Box::new(move |length| {
        with_inference(&net, batch, place, |work| time(length, work))
    }))
}
