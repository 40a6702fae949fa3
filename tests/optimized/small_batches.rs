//! Small batches: of few blocks, of blocks of few samples, and of a single block, where a second thread takes over
//! gradients by weights. Threads change no bit, and blocks nothing but rounding.

#[path = "../planted/mod.rs"]
mod planted;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use cnn::Accepts;
use cnn::prelude::*;
use cnn::simd::{Level, Scalar};
use cnn::train::TrainingStep;
use planted::{Mistake, Planted};

network! {
    /// Layers that are worth another thread, and those that are not.
    Broad: 1x28x28
        -> conv<3x3>(16, padding = same) -> relu
        -> repeat<6>(residual(conv<3x3>(16, padding = same) -> relu))
        -> max_pool<4x4> -> flatten -> dropout(0.1) -> dense(10)
    /// Of its second convolution only the largest results are kept, which is not by Winograd's algorithm.
    Largest: 1x28x28
        -> conv<3x3>(16, padding = same) -> relu
        -> conv<5x5>(16, padding = same) -> relu -> max_pool<2x2>
        -> max_pool<2x2> -> flatten -> dense(10)
    /// Its steps have several phases.
    Normal: 1x28x28
        -> conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu
        -> repeat<3>(conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu)
        -> max_pool<4x4> -> flatten -> dense(10)
}

fn data(samples: usize) -> cnn::Result<InMemory<Chw<1, 28, 28>, Class>> {
    let pixels = (0..samples * 784).map(|at| (at * 7 % 23) as f32 / 23.0);
    let classes: Vec<usize> = (0..samples).map(|n| n % 10).collect();
    InMemory::from_classes(pixels.collect::<Vec<f32>>(), classes, 10)
}

/// Trains on three batches, four times, and gives the bits of all values.
fn train<N>(mut net: N, level: Level, batch: usize, threads: usize) -> cnn::Result<Vec<u32>>
where
    N: Accepts<Chw<1, 28, 28>, Scalar = f32, Output = Flat<10>>,
{
    let data = data(3 * batch)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.05).momentum(0.9));
    let trainer = trainer.progress(Progress::Silent).epochs(4);
    let trainer = trainer.batch_size(batch).threads(threads).level(level);
    trainer.fit(&mut net, &data, None)?;
    Ok(net.values().iter().map(|value| value.to_bits()).collect())
}

fn compare<N>(new: fn(u64) -> N) -> cnn::Result<()>
where
    N: Accepts<Chw<1, 28, 28>, Scalar = f32, Output = Flat<10>>,
{
    for level in Level::available() {
        for batch in [5, 9, 20] {
            let one = train(new(7), level, batch, 1)?;
            for threads in [2, 3] {
                let several = train(new(7), level, batch, threads)?;
                assert!(
                    several == one,
                    "{level:?}, batch {batch}, {threads} threads"
                );
            }
        }
    }
    Ok(())
}

/// The values behind three steps on so many samples, by a step that is made for batches of up to `most`.
fn stepped<N>(mut net: N, level: Level, samples: usize, most: usize) -> cnn::Result<Vec<f64>>
where
    N: Accepts<Chw<1, 28, 28>, Output = Flat<10>>,
{
    let data = data(samples)?;
    let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, Sgd::new(0.05), most, level)?;
    let inputs: Vec<&[f32]> = (0..samples).map(|n| data.sample(n)).collect();
    for _ in 0..3 {
        step.run(&mut net, &inputs, data.labels())?;
    }
    Ok(net.values().iter().map(|value| value.to_f64()).collect())
}

fn compare_cuts<N>(new: fn() -> N, precision: f64) -> cnn::Result<()>
where
    N: Accepts<Chw<1, 28, 28>, Output = Flat<10>>,
{
    // Others have one way to cut.
    for level in Level::available().filter(|level| level.has_few()) {
        for samples in [1, 8, 9] {
            let expected = stepped(new(), level, samples, 128)?;
            for most in [samples, 16, 24] {
                let found = stepped(new(), level, samples, most)?;
                for (found, expected) in found.iter().zip(&expected) {
                    let bound = precision * expected.abs().max(0.1);
                    let at = format!("{level:?}, {samples} of up to {most} samples");
                    assert!(
                        (found - expected).abs() <= bound,
                        "{at}: {found}, not {expected}"
                    );
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_batch_gives_the_same_but_for_rounding_however_it_is_cut() -> cnn::Result<()> {
    compare_cuts(|| Broad::<f32>::new(7), 2e-5)?;
    compare_cuts(|| Broad::<f32>::new(7).to_f64(), 1e-12)?;
    compare_cuts(|| Largest::<f32>::new(7), 2e-5)?;
    // Four norms and three steps make more of what convolutions round: 1.3e-3 by F(4×4, 3×3).
    compare_cuts(|| Normal::<f32>::new(7), 2e-3)?;
    compare_cuts(|| Normal::<f32>::new(7).to_f64(), 1e-10)
}

#[test]
fn small_batches_have_the_same_bits_on_several_threads() -> cnn::Result<()> {
    compare(Broad::new)
}

#[test]
fn those_whose_largest_results_are_kept_have_the_same_bits_on_several_threads() -> cnn::Result<()> {
    compare(Largest::new)
}

#[test]
fn those_of_several_phases_have_the_same_bits_on_several_threads() -> cnn::Result<()> {
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
        } else {
            // So that the other one comes to what else waits.
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_second_thread_computes_some_of_what_is_taken_over() -> cnn::Result<()> {
    TRAINER.get_or_init(|| thread::current().id());
    let counts = || [&TAKEN, &ELSEWHERE].map(|count| count.load(Ordering::Relaxed));
    let net = || Planted::<_, Counted>::new(Broad::new(7));
    // A single block on every level.
    let (level, batch) = (Level::detect(), 8);
    train(net(), level, batch, 1)?;
    assert_eq!(counts(), [0, 0]);
    train(net(), level, batch, 2)?;
    let [taken, elsewhere] = counts();
    assert!(
        (16..=72).contains(&taken),
        "{taken} in twelve steps of six, of which the first four hand over"
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
    let training = || {
        train(
            Planted::<_, Panics>::new(Broad::new(7)),
            Level::detect(),
            8,
            2,
        )
    };
    assert!(catch_unwind(AssertUnwindSafe(training)).is_err());
}
