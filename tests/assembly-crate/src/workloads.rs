//! Workloads of the benchmarks, whose instructions are counted: with samples in the lanes, and
//! with the columns of one sample.

// The benchmarks' own, which the test copies beside this crate.
#[path = "../networks/lenet5.rs"]
mod lenet5;
#[path = "../networks/resnet8.rs"]
mod resnet8;
#[path = "../networks/seednet.rs"]
mod seednet;

use cnn::simd::{Kernel, Level, Simd, Vector};
use cnn::{Arena, BLOCK, Draw, InputGradient, Lanes, Network, Pass};
use lenet5::LeNet5;
use resnet8::ResNet8;
use seednet::SeedNet;

/// Vectors of the lengths that a network's passes ask for.
pub struct Memory<'a, E> {
    values: &'a [f32],
    packed: &'a [f32],
    gradients: &'a mut [f32],
    training: Arena<'a, E>,
    blocks: &'a mut [Lanes<f32>],
    single: &'a mut [f32],
    sample: &'a [f32],
    result: &'a mut [f32],
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
struct Passes<'a, N: Network>(Memory<'a, N::Element<f32, BLOCK>>);

impl<N: Network> Kernel for Passes<'_, N> {
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        // Vectors of four would take half of the time again to compile, and are not looked at.
        if S::F32::LANES > 4 {
            let memory = self.0;
            let pass = Pass::new(&N::SPEC.training, 16, 0, Draw::default());
            let (values, packed) = (memory.values, memory.packed);
            let Arena { kept, shared } = memory.training;
            let arena = Arena {
                kept: &mut *kept,
                shared: &mut *shared,
            };
            N::forward::<f32, S, BLOCK>(simd, &pass, values, arena, &mut ());
            let arena = Arena { kept, shared };
            let gradients = memory.gradients;
            N::backward::<f32, S, BLOCK>(simd, &pass, values, gradients, arena, InputGradient::Skip, &mut ());
            N::infer(simd, values, packed, memory.blocks);
            N::infer_single(simd, packed, memory.single, memory.sample, memory.result);
        }
    }
}
