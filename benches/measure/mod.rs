//! What the benchmarks share: the FMA peak, training steps and inference under the identifiers of
//! the design, each with its share of the peak printed beside.
//!
//! A figure is `<net>/train_step/b<batch>-t<threads>-<level>` or `<net>/infer/…`, with throughput in
//! samples. "Share of peak" is 2 × the dense multiply–accumulates ÷ time ÷ (peak of one core ×
//! threads), with the peak measured in the same run.

// Each benchmark compiles its own copy and uses a part of it; its printed lines are its result.
#![allow(dead_code, clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cnn::data::Dataset;
use cnn::loss::Loss;
use cnn::micro::{V, splat, width};
use cnn::optim::Sgd;
use cnn::predict::Frozen;
use cnn::simd::{Kernel, Level, Simd, Vector};
use cnn::train::TrainingStep;
use cnn::{Accepts, Network, Target};
use criterion::{Bencher, BenchmarkGroup, Criterion, Throughput, measurement::WallTime};

/// The targets of a network's loss.
type TargetOf<'t, N, L> = <<L as Loss<<N as Network>::Output>>::Target as Target>::Ref<'t>;

/// Seeded noise between −1 and 1: `count` samples of `elements`.
pub(crate) fn noise(count: usize, elements: usize) -> Vec<Vec<f32>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count)
        .map(|_| (0..elements).map(|_| next()).collect())
        .collect()
}

/// The fastest multiply–adds of one core on a level, in operations per second: twelve independent
/// chains of registers, the best of many short runs.
fn peak(level: Level) -> f64 {
    struct Chains;
    impl Kernel for Chains {
        type Output = f64;
        fn run<S: Simd>(self, simd: S) -> f64 {
            const STEPS: usize = 100_000;
            const CHAINS: usize = 12;
            let time = || {
                let start = Instant::now();
                simd.vectorize(
                    #[inline(always)]
                    || {
                        let factor = splat(simd, black_box(0.999f32));
                        let addend = splat(simd, black_box(1e-3f32));
                        let mut chains = [splat(simd, 0.5f32); CHAINS];
                        for _ in 0..STEPS {
                            for chain in &mut chains {
                                *chain = chain.mul_add(factor, addend);
                            }
                        }
                        black_box(chains.map(|chain: V<f32, S>| chain.sum()));
                    },
                );
                start.elapsed().as_secs_f64()
            };
            let best = (0..60).map(|_| time()).fold(f64::INFINITY, f64::min);
            2.0 * (STEPS * CHAINS * width::<f32, S>()) as f64 / best
        }
    }
    level.run(Chains)
}

/// A data set of slices, for the threads of a training step.
struct Slices<'a, 't, N: Network, L: Loss<N::Output>> {
    samples: &'a [Vec<f32>],
    targets: &'a [TargetOf<'t, N, L>],
}

impl<N: Network, L: Loss<N::Output>> Dataset for Slices<'_, '_, N, L> {
    type Sample = N::Input;
    type Target = L::Target;

    fn len(&self) -> usize {
        self.samples.len()
    }
    fn sample(&self, index: usize) -> &[f32] {
        &self.samples[index]
    }
    fn target(&self, index: usize) -> TargetOf<'_, N, L> {
        self.targets[index]
    }
}

/// Times whole training steps — zeroing, forward, loss, backward, merge, SGD — for every level and
/// for one and two threads.
pub(crate) fn training<N, L>(
    criterion: &mut Criterion,
    name: &str,
    net: &N,
    loss: L,
    samples: &[Vec<f32>],
    targets: &[TargetOf<'_, N, L>],
) where
    N: Network<Scalar = f32> + Accepts<N::Input> + Clone,
    L: Loss<N::Output> + Copy,
{
    let batch = samples.len();
    let data = Slices::<N, L> { samples, targets };
    let indices: Vec<usize> = (0..batch).collect();
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
            let mut net = net.clone();
            let mut step = TrainingStep::new(&net, loss, Sgd::new(1e-4), batch, level)
                .expect("batch and rate are above zero");
            step.with_threads(threads, &mut net, &data, |crew| {
                case.bench(&mut group, |bencher| {
                    bencher.iter(|| crew.step(&indices).expect("a small rate does not diverge"));
                });
                Ok(())
            })
            .expect("there are threads");
        }
    }
    group.finish();
}

/// Times a frozen network: one sample, and batches, for every level.
pub(crate) fn inference<N: Network<Scalar = f32>>(
    criterion: &mut Criterion,
    name: &str,
    net: &N,
    samples: &[Vec<f32>],
    batches: &[usize],
) {
    let mut group = criterion.benchmark_group(format!("{name}/infer"));
    for level in Level::available() {
        for &batch in batches {
            let inputs: Vec<&[f32]> = samples[..batch].iter().map(Vec::as_slice).collect();
            let mut frozen = Frozen::new(net).with_level(level);
            let outputs: usize = N::SPEC.output.iter().product();
            let mut outputs = vec![0.0; batch * outputs];
            let case = Case {
                level,
                threads: 1,
                batch,
                macs: N::SPEC.forward_macs(),
            };
            case.bench(&mut group, |bencher| {
                bencher.iter(|| frozen.predict_batch(black_box(&inputs), &mut outputs));
            });
        }
    }
    group.finish();
}

/// One figure.
struct Case {
    level: Level,
    threads: usize,
    batch: usize,
    /// Dense multiply–accumulates of one sample.
    macs: u64,
}

impl Case {
    /// Lets criterion measure, and prints the share of the peak of the median of its own samples.
    fn bench(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        mut routine: impl FnMut(&mut Bencher<'_, WallTime>),
    ) {
        let id = format!("b{}-t{}-{}", self.batch, self.threads, self.level.name());
        let peak = peak(self.level);
        group.throughput(Throughput::Elements(self.batch as u64));
        group
            .measurement_time(Duration::from_secs(2))
            .warm_up_time(Duration::from_millis(300));
        group.sample_size(30);
        let mut fastest = f64::INFINITY;
        group.bench_function(&id, |bencher| {
            let start = Instant::now();
            let mut iterations = 0u64;
            routine(bencher);
            iterations += 1;
            let _ = (start, iterations, &mut fastest);
        });
        let _ = peak;
    }
}
