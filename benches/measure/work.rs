//! The work that is measured: whole training steps and inference, ready to be repeated, with
//! everything made before.

use std::hint::black_box;

use cnn::data::{Dataset, InMemory};
use cnn::loss::{Loss, SoftmaxCrossEntropy};
use cnn::optim::Sgd;
use cnn::predict::Frozen;
use cnn::simd::Level;
use cnn::train::TrainingStep;
use cnn::{Accepts, Class, Network, Shape, Values};

use super::{classes, noise};

/// Noise with a class for each sample.
pub(crate) fn class_data<I, O>(samples: usize) -> InMemory<I, Class>
where
    I: Shape,
    O: Shape,
    SoftmaxCrossEntropy: Loss<O, Target = Class>,
{
    let (inputs, classes) = (noise(samples * I::ELEMENTS), classes(samples, O::ELEMENTS));
    InMemory::from_classes(inputs, classes, O::ELEMENTS)
        .expect("noise is finite and every class is one of the network's")
}

/// Noise with noise as its target.
pub(crate) fn value_data<I: Shape, O: Shape>(samples: usize) -> InMemory<I, Values<O>> {
    let (inputs, targets) = (noise(samples * I::ELEMENTS), noise(samples * O::ELEMENTS));
    InMemory::from_values(inputs, targets).expect("noise is finite and of the shapes' sizes")
}

/// Hands `body` a training step of a copy of `net` — zeroing, forward, loss, backward, merge, SGD —
/// on the whole of `data`.
pub(crate) fn with_step<N, L, D, R>(
    net: &N,
    loss: L,
    data: &D,
    (level, threads): (Level, usize),
    body: impl FnOnce(&mut dyn FnMut()) -> R,
) -> R
where
    N: Network<Scalar = f32> + Accepts<D::Sample> + Clone,
    L: Loss<<N as Network>::Output>,
    D: Dataset<Target = <L as Loss<<N as Network>::Output>>::Target>,
{
    let mut net = net.clone();
    let indices: Vec<usize> = (0..data.len()).collect();
    let mut step = TrainingStep::new(&net, loss, Sgd::new(1e-4), data.len(), level)
        .expect("batch and rate are above zero");
    step.with_threads(threads, &mut net, data, |crew| {
        Ok(body(&mut || {
            crew.step(&indices).expect("a small rate does not diverge");
        }))
    })
    .expect("there are threads")
}

/// Hands `body` the inference of a batch, or of one sample in the way that is made for one.
pub(crate) fn with_inference<N: Network<Scalar = f32>, R>(
    net: &N,
    batch: usize,
    (level, threads): (Level, usize),
    body: impl FnOnce(&mut dyn FnMut()) -> R,
) -> R {
    let samples = noise(batch * N::Input::ELEMENTS);
    let inputs: Vec<&[f32]> = samples.chunks(N::Input::ELEMENTS).collect();
    let mut outputs = vec![0.0; batch * N::Output::ELEMENTS];
    let mut frozen = Frozen::new(net).with_level(level);
    if threads > 1 {
        let mut parallel = frozen.on_threads(threads).expect("there are threads");
        return body(&mut || parallel.predict_batch(black_box(&inputs), &mut outputs));
    }
    match inputs[..] {
        [input] => body(&mut || frozen.predict_into(black_box(input), &mut outputs)),
        _ => body(&mut || frozen.predict_batch(black_box(&inputs), &mut outputs)),
    }
}
