//! Networks so small that what surrounds the arithmetic shows: a whole training step, the gradient alone,
//! and the inference of one sample beside plain loops over constant arrays.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "networks/chain.rs"]
mod network;

use std::hint::black_box;

use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};
use cnn::train::block::{Block, Memory, train_block};
use cnn::{BLOCK, Draw, Lanes, Pass};
use criterion::{Criterion, criterion_group, criterion_main};
use measure::work::value_data;
use measure::{Case, inference, noise, training};
use network::Chain;

network! {
    /// A thousand parameters.
    Thousand: 24 -> dense(24) -> relu -> dense(16) -> 16
}

/// The samples of a batch, as SimpleChains.jl has them.
const BATCH: usize = 200;

fn chain(criterion: &mut Criterion) {
    let net = Chain::new(1);
    let data = value_data::<Flat<24>, Flat<2>>(BATCH);
    training(criterion, "chain", &net, MeanSquaredError, &data);
    inference(criterion, "chain", &net, &[1, BATCH]);
}

/// Loss and gradient of a batch as one number and one vector, without a training step's choice of samples, merging
/// of groups, checks and update: what SimpleChains.jl times.
struct Gradient<'a> {
    net: &'a Chain,
    samples: &'a [&'a [f32]],
    targets: &'a [&'a [f32]],
    gradients: &'a mut [f32],
    arena: &'a mut [Lanes<f32>],
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    fn run<S: Simd>(self, simd: S) -> f64 {
        self.gradients.fill(0.0);
        let blocks = self.samples.chunks(BLOCK).zip(self.targets.chunks(BLOCK));
        let losses = blocks.map(|(samples, targets)| {
            let block = Block {
                samples,
                targets,
                total_weight: BATCH as f64,
            };
            let memory = Memory {
                values: self.net.values(),
                gradients: &mut *self.gradients,
                arena: &mut *self.arena,
            };
            let training = &Chain::SPEC.training;
            let pass = Pass::new(training, samples.len(), 0, Draw::default());
            train_block::<Chain, _, f32, S>(simd, &MeanSquaredError, block, &pass, memory).loss
        });
        losses.sum()
    }
}

fn gradient(criterion: &mut Criterion) {
    const INPUTS: usize = <Chain as Network>::Input::ELEMENTS;
    const OUTPUTS: usize = <Chain as Network>::Output::ELEMENTS;
    let mut group = criterion.benchmark_group("chain/gradient");
    let net = Chain::new(1);
    let [samples, targets] = [INPUTS, OUTPUTS].map(|elements| noise(BATCH * elements));
    let samples: Vec<&[f32]> = samples.chunks(INPUTS).collect();
    let targets: Vec<&[f32]> = targets.chunks(OUTPUTS).collect();
    let mut gradients = vec![0.0; net.parameters().len()];
    let mut arena = vec![Lanes::default(); Chain::SPEC.training.len];
    for level in Level::available() {
        let case = Case {
            level,
            threads: 1,
            batch: BATCH,
            macs: Chain::SPEC.forward_macs() + Chain::SPEC.backward_macs(),
        };
        case.bench(&mut group, || {
            black_box(level.run(Gradient {
                net: black_box(&net),
                samples: &samples,
                targets: &targets,
                gradients: &mut gradients,
                arena: &mut arena,
            }));
        });
    }
    group.finish();
}

fn thousand(criterion: &mut Criterion) {
    let net = Thousand::new(1);
    inference(criterion, "thousand", &net, &[1]);
    plain_loops(criterion, &net);
}

/// `Thousand` as a programmer would write it down: constant arrays and two nested loops a layer.
struct PlainLoops<'a> {
    dense1: (&'a [[f32; 24]; 24], &'a [f32; 24]),
    dense2: (&'a [[f32; 24]; 16], &'a [f32; 16]),
    input: &'a [f32; 24],
}

impl Kernel for PlainLoops<'_> {
    type Output = [f32; 16];

    fn run<S: Simd>(self, simd: S) -> [f32; 16] {
        simd.vectorize(
            #[inline(always)]
            || {
                let hidden = layer(self.dense1, self.input).map(|sum| sum.max(0.0));
                layer(self.dense2, &hidden)
            },
        )
    }
}

#[inline(always)]
fn layer<const I: usize, const O: usize>(
    (weight, bias): (&[[f32; I]; O], &[f32; O]),
    input: &[f32; I],
) -> [f32; O] {
    let mut output = *bias;
    for o in 0..O {
        for i in 0..I {
            output[o] += weight[o][i] * input[i];
        }
    }
    output
}

/// The same with the weights of an input side by side, and the loop over outputs inside, which the compiler can
/// do in registers.
struct PlainLoopsByInput<'a> {
    dense1: ([[f32; 24]; 24], &'a [f32; 24]),
    dense2: ([[f32; 16]; 24], &'a [f32; 16]),
    input: &'a [f32; 24],
}

impl Kernel for &PlainLoopsByInput<'_> {
    type Output = [f32; 16];

    fn run<S: Simd>(self, simd: S) -> [f32; 16] {
        simd.vectorize(
            #[inline(always)]
            || {
                let hidden = layer_by_input(&self.dense1, self.input).map(|sum| sum.max(0.0));
                layer_by_input(&self.dense2, &hidden)
            },
        )
    }
}

#[inline(always)]
fn layer_by_input<const I: usize, const O: usize>(
    (weight, bias): &([[f32; O]; I], &[f32; O]),
    input: &[f32; I],
) -> [f32; O] {
    let mut output = **bias;
    for i in 0..I {
        for o in 0..O {
            output[o] += weight[i][o] * input[i];
        }
    }
    output
}

/// Weights of which those of an input lie side by side, from such of an output.
fn by_input<const I: usize, const O: usize>(weight: &[[f32; I]; O]) -> [[f32; O]; I] {
    std::array::from_fn(|i| std::array::from_fn(|o| weight[o][i]))
}

fn plain_loops(criterion: &mut Criterion, net: &Thousand) {
    let input: [f32; 24] = std::array::from_fn(|i| i as f32 / 24.0);
    let mut group = criterion.benchmark_group("thousand/plain_loops");
    for level in Level::available() {
        let loops = || PlainLoops {
            dense1: (net.dense1().weight(), net.dense1().bias()),
            dense2: (net.dense2().weight(), net.dense2().bias()),
            input: black_box(&input),
        };
        group.bench_function(format!("b1-t1-{}", level.name()), |bencher| {
            bencher.iter(|| level.run(loops()));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("thousand/plain_loops_by_input");
    let loops = PlainLoopsByInput {
        dense1: (by_input(net.dense1().weight()), net.dense1().bias()),
        dense2: (by_input(net.dense2().weight()), net.dense2().bias()),
        input: &input,
    };
    for level in Level::available() {
        group.bench_function(format!("b1-t1-{}", level.name()), |bencher| {
            bencher.iter(|| level.run(black_box(&loops)));
        });
    }
    group.finish();
}

criterion_group!(benches, chain, gradient, thousand);
criterion_main!(benches);
