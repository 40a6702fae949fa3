//! Networks so small that what surrounds the arithmetic shows: a whole training step, and the
//! inference of one sample beside plain loops over constant arrays.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
mod networks;

use std::hint::black_box;

use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};
use criterion::{Criterion, criterion_group, criterion_main};
use measure::work::value_data;
use measure::{inference, training};
use networks::Chain;

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

fn plain_loops(criterion: &mut Criterion, net: &Thousand) {
    let mut group = criterion.benchmark_group("thousand/plain_loops");
    let input: [f32; 24] = std::array::from_fn(|i| i as f32 / 24.0);
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
}

criterion_group!(benches, chain, thousand);
criterion_main!(benches);
