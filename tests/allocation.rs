//! Steps of training and inference allocate nothing: counted by the allocator itself.
//!
//! It has a `main` of its own, because the threads of a test harness allocate when they like.

// Biases before a norm, which have no effect, are part of the steps.
#![allow(deprecated)]

mod counting;

use std::hint::black_box;

use cnn::Accepts;
use cnn::compose::compose;
use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::TrainingStep;
use counting::allocations;

network! {
    Small: 1x6x6
        -> conv<3x3>(3, padding = same) -> relu -> max_pool<2x2>
        -> flatten -> dense(4) -> tanh -> dense(2)
    /// It has work for a second thread where a batch is a single block.
    Broad: 1x6x6 -> conv<3x3>(16, padding = same) -> relu -> flatten -> dense(1024) -> relu -> dense(2)
    Head: 2 -> dense(3) -> sigmoid
    Segments: 1x6x6 -> conv<3x3>(3, padding = same) -> relu -> conv<1x1>(2)
    /// It is trained one sample at a time.
    Large: 1x256x256 -> conv<3x3>(1, padding = same) -> tanh -> conv<1x3>(1, padding = same) -> gelu
    /// Its steps have several phases, and draw random numbers.
    Normal: 1x6x6
        -> conv<3x3>(3, padding = same) -> batch_norm -> relu -> spatial_dropout(0.1)
        -> flatten -> dense(4) -> batch_norm -> tanh -> dropout(0.5) -> dense(2)
}

/// Three blocks of sixteen, the last one short.
const BATCH: usize = 45;

fn data(count: usize) -> cnn::Result<InMemory<Chw<1, 6, 6>, Class>> {
    let samples: Vec<f32> = (0..36 * count).map(|i| (i % 17) as f32 / 17.0).collect();
    let classes: Vec<usize> = (0..count).map(|i| i % 2).collect();
    InMemory::from_classes(samples, classes, 2)
}

fn main() -> cnn::Result<()> {
    assert_eq!(
        allocations(|| drop(black_box(Box::new(1)))),
        1,
        "allocations are seen"
    );
    a_step_on_one_thread_allocates_nothing(&Small::new(1), 1)?;
    a_step_on_one_thread_allocates_nothing(&Normal::new(1), 2)?;
    steps_on_several_threads_allocate_nothing(&Small::new(1))?;
    steps_on_several_threads_allocate_nothing(&Normal::new(1))?;
    assert!(
        Broad::SPEC
            .training
            .offers
            .iter()
            .any(|offer| 16 * offer.macs > 6_000_000)
    );
    steps_on_several_threads_allocate_nothing(&Broad::new(1))?;
    steps_towards_class_maps_allocate_nothing()?;
    steps_of_one_sample_at_a_time_allocate_nothing()?;
    inference_allocates_nothing(&Small::new(1))?;
    inference_allocates_nothing(&Normal::new(1))
}

/// Batches have at least `least` samples.
fn a_step_on_one_thread_allocates_nothing<N>(net: &N, least: usize) -> cnn::Result<()>
where
    N: Network<Scalar = f32, Output = Flat<2>> + Clone,
{
    let data = data(BATCH)?;
    let samples: Vec<&[f32]> = (0..BATCH).map(|i| data.sample(i)).collect();
    let mut net = net.clone();
    for level in Level::available() {
        let adam = Adam::new(1e-3);
        let step = TrainingStep::new(&net, SoftmaxCrossEntropy, adam, BATCH, level)?;
        let mut step = step.clip(Clip::GlobalNorm(1.0))?;
        for samples_of_step in [BATCH, 16, least] {
            let samples = &samples[..samples_of_step];
            let targets = &data.labels()[..samples_of_step];
            let mut result = None;
            let count = allocations(|| result = Some(step.run(&mut net, samples, targets)));
            assert!(matches!(result, Some(Ok(_))));
            assert_eq!(count, 0, "{level:?}, {samples_of_step} samples");
        }
    }
    Ok(())
}

fn steps_on_several_threads_allocate_nothing<N>(net: &N) -> cnn::Result<()>
where
    N: cnn::Accepts<Chw<1, 6, 6>, Scalar = f32, Output = Flat<2>> + Clone,
{
    steps_allocate_nothing(net.clone(), SoftmaxCrossEntropy, &data(BATCH)?)?;
    // A single block, on every level.
    steps_allocate_nothing(net.clone(), SoftmaxCrossEntropy, &data(8)?)
}

/// With a loss whose mean is over weights that must be known before the first block.
fn steps_towards_class_maps_allocate_nothing() -> cnn::Result<()> {
    let samples: Vec<f32> = (0..36 * BATCH).map(|i| (i % 17) as f32 / 17.0).collect();
    let classes: Vec<u16> = (0..36 * BATCH).map(|i| (i % 3) as u16).collect();
    let data = InMemory::<Chw<1, 6, 6>, ClassMap<6, 6>>::from_class_maps(samples, classes, 3)?;
    let loss = SoftmaxCrossEntropy
        .ignore_index(2)
        .class_weights([1.0, 2.5])
        .label_smoothing(0.1);
    steps_allocate_nothing(Segments::new(1), loss, &data)
}

fn steps_of_one_sample_at_a_time_allocate_nothing() -> cnn::Result<()> {
    assert_eq!(Large::SPEC.training.samples, 1);
    type Image = Chw<1, 256, 256>;
    let values: Vec<f32> = (0..3 * Image::ELEMENTS).map(|i| (i % 17) as f32).collect();
    let data = InMemory::<Image, cnn::Values<Image>>::from_values(values.clone(), values)?;
    steps_allocate_nothing(Large::new(1), MeanSquaredError, &data)
}

fn steps_allocate_nothing<N, L, D>(mut net: N, loss: L, data: &D) -> cnn::Result<()>
where
    N: Accepts<D::Sample>,
    L: Loss<<N as Network>::Output, Target = D::Target> + Copy,
    D: Dataset,
{
    let indices: Vec<usize> = (0..data.len()).collect();
    for threads in [1, 2] {
        let (sgd, level) = (Sgd::new(0.1), Level::detect());
        let mut step = TrainingStep::new(&net, loss, sgd, data.len(), level)?;
        step.with_threads(threads, &mut net, data, |crew| {
            // Threads allocate when they start, which is over once all have worked on a step.
            crew.step(&indices)?;
            let mut results = [const { None }; 3];
            let count = allocations(|| {
                for result in &mut results {
                    *result = Some(crew.step(&indices));
                }
            });
            assert!(results.iter().all(|result| matches!(result, Some(Ok(_)))));
            assert_eq!(count, 0, "{threads} threads");
            Ok(())
        })?;
    }
    Ok(())
}

fn inference_allocates_nothing<N>(net: &N) -> cnn::Result<()>
where
    N: Network<Scalar = f32, Output = Flat<2>>,
    Head: cnn::Follows<N>,
{
    let data = data(BATCH)?;
    let samples: Vec<&[f32]> = (0..BATCH).map(|i| data.sample(i)).collect();
    let mut frozen = net.freeze();
    let mut composed = compose(net, &Head::new(2));
    let (mut output, mut outputs) = ([0.0; 3], [0.0; 2 * BATCH]);
    let count = allocations(|| {
        frozen.predict_into(samples[0], &mut output[..2]);
        frozen.predict_batch(&samples, &mut outputs);
        composed.predict_into(samples[0], &mut output);
    });
    assert_eq!(count, 0);
    Ok(())
}
