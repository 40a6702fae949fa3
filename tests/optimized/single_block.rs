//! A second thread takes over gradients by weights where a batch is a single block, and does not change a bit.

#[path = "../planted/mod.rs"]
mod planted;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use cnn::prelude::*;
use cnn::train::group_count;
use cnn::{Accepts, simd::Scalar};
use planted::{Mistake, Planted};

network! {
    /// Layers that are worth another thread, and those that are not.
    Broad: 1x28x28
        -> conv<3x3>(16, padding = same) -> relu
        -> repeat<6>(residual(conv<3x3>(16, padding = same) -> relu))
        -> max_pool<4x4> -> flatten -> dropout(0.1) -> dense(10)
    /// Its steps have several phases.
    Normal: 1x28x28
        -> conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu
        -> repeat<3>(conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu)
        -> max_pool<4x4> -> flatten -> dense(10)
}

/// Trains on three batches of a single block, ten times, and gives the bits of all values.
fn train<N>(mut net: N, batch: usize, threads: usize) -> cnn::Result<Vec<u32>>
where
    N: Accepts<Chw<1, 28, 28>, Scalar = f32, Output = Flat<10>>,
{
    assert_eq!(group_count(batch, N::SPEC), 1);
    let samples = (0..3 * batch * 784).map(|at| (at * 7 % 23) as f32 / 23.0);
    let samples: Vec<f32> = samples.collect();
    let classes: Vec<usize> = (0..3 * batch).map(|n| n % 10).collect();
    let data: InMemory<Chw<1, 28, 28>, Class> = InMemory::from_classes(samples, classes, 10)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.05).momentum(0.9));
    let trainer = trainer.progress(Progress::Silent).epochs(10);
    let trainer = trainer.batch_size(batch).threads(threads);
    trainer.fit(&mut net, &data, None)?;
    Ok(net.values().iter().map(|value| value.to_bits()).collect())
}

fn compare<N>(new: fn(u64) -> N) -> cnn::Result<()>
where
    N: Accepts<Chw<1, 28, 28>, Scalar = f32, Output = Flat<10>>,
{
    for batch in [5, 16] {
        let one = train(new(7), batch, 1)?;
        for threads in [2, 3, 2, 2] {
            let several = train(new(7), batch, threads)?;
            assert!(several == one, "batch {batch}, {threads} threads");
        }
    }
    Ok(())
}

#[test]
fn a_block_has_the_same_bits_on_two_threads() -> cnn::Result<()> {
    compare(Broad::new)
}

#[test]
fn a_block_of_several_phases_has_the_same_bits_on_two_threads() -> cnn::Result<()> {
    compare(Normal::new)
}

/// Counts what is taken over, and what of it is computed by other threads than the trainer's.
struct Counted;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);
static TRAINER: OnceLock<ThreadId> = OnceLock::new();

impl Mistake for Counted {
    fn spoil<T: Scalar>(_kernel: &mut [T], _delta_times_output: T) {}

    fn offered() {
        TAKEN.fetch_add(1, Ordering::Relaxed);
        if TRAINER.get() != Some(&thread::current().id()) {
            ELSEWHERE.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_second_thread_computes_some_of_what_is_taken_over() -> cnn::Result<()> {
    TRAINER.get_or_init(|| thread::current().id());
    let counts = || [&TAKEN, &ELSEWHERE].map(|count| count.load(Ordering::Relaxed));
    let net = || Planted::<_, Counted>::new(Broad::new(7));
    train(net(), 16, 1)?;
    assert_eq!(counts(), [0, 0]);
    train(net(), 16, 2)?;
    let [taken, elsewhere] = counts();
    assert!(
        (30..=180).contains(&taken),
        "{taken} in thirty steps of six"
    );
    if thread::available_parallelism().is_ok_and(|processors| processors.get() > 1) {
        assert!(elsewhere > 0);
    }
    Ok(())
}

/// Panics where a gradient is computed that has been taken over.
struct Panics;

impl Mistake for Panics {
    fn spoil<T: Scalar>(_kernel: &mut [T], _delta_times_output: T) {}

    fn offered() {
        panic!("planted");
    }
}

#[test]
fn a_panic_in_what_is_taken_over_ends_the_training() {
    let training = || train(Planted::<_, Panics>::new(Broad::new(7)), 16, 2);
    assert!(catch_unwind(AssertUnwindSafe(training)).is_err());
}
