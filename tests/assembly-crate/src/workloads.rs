//! LeNet-5, ResNet-8 and the network of two images, whose kernels are looked through for spills.

// The benchmarks' own, which the test copies beside this file.
mod resnet8;

use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};
use cnn::{Draw, InputGradient, Lanes, Network, Pass};

use resnet8::ResNet8;

network! {
    /// LeNet-5 for 28×28 grey-scale digits.
    pub(crate) LeNet5: 1x28x28
        -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu
        -> dense(84)  -> relu
        -> logits: dense(10)
        -> 10

    /// Its kernels have the columns of one sample in the lanes, in training too.
    pub(crate) SeedNet: 1x256x256
        -> conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(1, padding = same) -> tanh
}

/// Vectors of the lengths that a network's passes ask for.
pub struct Memory<'a, E> {
    values: &'a [f32],
    packed: &'a [f32],
    gradients: &'a mut [f32],
    training: &'a mut [E],
    blocks: &'a mut [Lanes<f32>],
    sample: &'a mut [f32],
}

/// Uses every function of the networks that trains or predicts.
pub fn run(
    level: Level,
    lenet5: Memory<'_, Lanes<f32>>,
    resnet8: Memory<'_, Lanes<f32>>,
    seednet: Memory<'_, f32>,
) {
    level.run(Passes::<LeNet5>(lenet5));
    level.run(Passes::<ResNet8>(resnet8));
    level.run(Passes::<SeedNet>(seednet));
}

/// One pass of every kind.
struct Passes<'a, N: Network>(Memory<'a, N::Element<f32>>);

impl<N: Network> Kernel for Passes<'_, N> {
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        // The others would take twice the time to compile, and are not looked at.
        if S::WIDE {
            let memory = self.0;
            let pass = Pass::new(&N::SPEC.training, 16, 0, Draw::default());
            let (values, packed, arena) = (memory.values, memory.packed, memory.training);
            N::forward(simd, &pass, values, arena, &mut ());
            let gradients = memory.gradients;
            N::backward(simd, &pass, values, gradients, arena, InputGradient::Skip, &mut ());
            N::infer(simd, values, packed, memory.blocks);
            N::infer_single(simd, packed, memory.sample);
        }
    }
}
