//! What the benchmarks share: the FMA peak, training steps and inference under the identifiers of
//! the design, each with its share of the peak printed beside.
//!
//! A figure is `<net>/train_step/b<batch>-t<threads>-<level>` or `<net>/infer/…`, with throughput in
//! samples. "Share of peak" is 2 × the dense multiply–accumulates ÷ time ÷ (peak of one core ×
//! threads), with the peak measured in the same run.

// Each benchmark compiles its own copy and uses a part of it; its printed lines are its result.
#![allow(dead_code, clippy::print_stdout)]

pub(crate) mod peak;
pub(crate) mod work;

use std::time::{Duration, Instant};

use cnn::data::Dataset;
use cnn::loss::{Loss, SoftmaxCrossEntropy};
use cnn::simd::Level;
use cnn::{Accepts, Class, Network, Shape};
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
pub(crate) use peak::peak;
use work::{class_data, with_inference, with_step};

/// Seeded noise between −1 and 1.
pub(crate) fn noise(elements: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..elements).map(|_| next()).collect()
}

/// A class for each sample.
pub(crate) fn classes(samples: usize, count: usize) -> Vec<usize> {
    (0..samples).map(|n| n * 7 % count).collect()
}

/// Times whole training steps — zeroing, forward, loss, backward, merge, SGD — for every level and
/// for one and two threads.
///
/// The batch is the whole data set.
pub(crate) fn training<N, L, D>(criterion: &mut Criterion, name: &str, net: &N, loss: L, data: &D)
where
    N: Network<Scalar = f32> + Accepts<D::Sample> + Clone,
    L: Loss<<N as Network>::Output> + Copy,
    D: Dataset<Target = <L as Loss<<N as Network>::Output>>::Target>,
{
    let batch = data.len();
    let macs = N::SPEC.forward_macs() + N::SPEC.backward_macs();
    let mut group = criterion.benchmark_group(format!("{name}/train_step"));
    for level in Level::available() {
        for threads in [1, 2] {
            let case = Case {
                level,
                threads,
                batch,
                macs,
            };
            with_step(net, loss, data, (level, threads), |step| {
                case.bench(&mut group, step);
            });
        }
    }
    group.finish();
}

/// [`training`] of a classifier, on noise.
pub(crate) fn classifier<N, I, O>(criterion: &mut Criterion, name: &str, net: &N, batch: usize)
where
    N: Network<Scalar = f32, Input = I, Output = O> + Accepts<I> + Clone,
    I: Shape,
    O: Shape,
    SoftmaxCrossEntropy: Loss<O, Target = Class>,
{
    let data = class_data::<I, O>(batch);
    training(criterion, name, net, SoftmaxCrossEntropy, &data);
}

/// Times a frozen network: one sample, and batches, those of eight and more on two threads too, for every
/// level.
pub(crate) fn inference<N: Network<Scalar = f32>>(
    criterion: &mut Criterion,
    name: &str,
    net: &N,
    batches: &[usize],
) {
    let mut group = criterion.benchmark_group(format!("{name}/infer"));
    for level in Level::available() {
        for &batch in batches {
            for threads in 1..=if batch < 8 { 1 } else { 2 } {
                let case = Case {
                    level,
                    threads,
                    batch,
                    macs: N::SPEC.forward_macs(),
                };
                let place = (level, threads);
                with_inference(net, batch, place, |work| case.bench(&mut group, work));
            }
        }
    }
    group.finish();
}

/// One figure.
pub(crate) struct Case {
    pub(crate) level: Level,
    pub(crate) threads: usize,
    pub(crate) batch: usize,
    /// Dense multiply–accumulates of one sample.
    pub(crate) macs: u64,
}

impl Case {
    /// Lets criterion measure `work`, and prints the share of the peak of the median.
    pub(crate) fn bench(&self, group: &mut BenchmarkGroup<'_, WallTime>, mut work: impl FnMut()) {
        let id = format!("b{}-t{}-{}", self.batch, self.threads, self.level.name());
        group.throughput(Throughput::Elements(self.batch as u64));
        group
            .measurement_time(Duration::from_secs(2))
            .warm_up_time(Duration::from_millis(300));
        group.sample_size(30);
        let peak = peak(self.level) * self.threads as f64;
        let mut seconds = Vec::new();
        group.bench_function(&id, |bencher| {
            bencher.iter_custom(|iterations| {
                let start = Instant::now();
                (0..iterations).for_each(|_| work());
                let elapsed = start.elapsed();
                seconds.push(elapsed.as_secs_f64() / iterations as f64);
                elapsed
            });
        });
        seconds.sort_by(f64::total_cmp);
        if let Some(median) = seconds.get(seconds.len() / 2) {
            let operations = 2.0 * (self.macs * self.batch as u64) as f64;
            println!(
                "{id}: {:.2} us per sample, {:.1} % of the FMA peak of {:.1} GFLOP/s",
                1e6 * median / self.batch as f64,
                100.0 * operations / median / peak,
                1e-9 * peak,
            );
        }
    }
}
