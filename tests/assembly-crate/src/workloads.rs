//! Workloads of the benchmarks, whose instructions are counted: with samples in the lanes, and
//! with the columns of one sample.

// The benchmarks' own, which the test copies beside this crate.
#[path = "../networks/lenet5.rs"]
mod lenet5;
#[path = "../networks/resnet8.rs"]
mod resnet8;
#[path = "../networks/seednet.rs"]
mod seednet;

use std::marker::PhantomData;

use cnn::simd::{Kernel, Level, Simd, Vector};
use cnn::{Arena, BLOCK, Draw, FEW, InputGradient, Lanes, Network, Pass};
use lenet5::LeNet5;
use resnet8::ResNet8;
use seednet::SeedNet;

/// Vectors of the lengths that a network's training asks for, in blocks of so many samples.
pub struct Training<'a, N: Network, const SAMPLES: usize = BLOCK> {
    values: &'a [f32],
    gradients: &'a mut [f32],
    kept: &'a mut [N::Element<f32, SAMPLES>],
    shared: &'a mut [N::Element<f32, SAMPLES>],
}

/// Vectors of the lengths that a network's inference asks for.
pub struct Inference<'a, N> {
    network: PhantomData<N>,
    values: &'a [f32],
    packed: &'a [f32],
    blocks: &'a mut [Lanes<f32>],
    single: &'a mut [f32],
    sample: &'a [f32],
    result: &'a mut [f32],
}

/// Uses every function of a network that trains.
pub fn train(
    level: Level,
    lenet5: Training<'_, LeNet5>,
    resnet8: Training<'_, ResNet8>,
    seednet: Training<'_, SeedNet>,
) {
    level.run(lenet5);
    level.run(resnet8);
    level.run(seednet);
}

/// The same in blocks of few samples.
pub fn train_few(
    level: Level,
    lenet5: Training<'_, LeNet5, FEW>,
    resnet8: Training<'_, ResNet8, FEW>,
) {
    level.run_few(lenet5);
    level.run_few(resnet8);
}

/// Uses every function of a network that predicts.
pub fn predict(
    level: Level,
    lenet5: Inference<'_, LeNet5>,
    resnet8: Inference<'_, ResNet8>,
    seednet: Inference<'_, SeedNet>,
) {
    level.run(lenet5);
    level.run(resnet8);
    level.run(seednet);
}

/// Vectors of four would take half of the time again to compile, and are not looked at.
const fn is_looked_at<S: Simd>() -> bool {
    S::F32::LANES > 4
}

impl<N: Network, const SAMPLES: usize> Kernel for Training<'_, N, SAMPLES> {
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        if is_looked_at::<S>() {
            let Self {
                values,
                gradients,
                kept,
                shared,
            } = self;
            let pass = Pass::new(&N::SPEC.training, SAMPLES, 0, Draw::default());
            let arena = Arena {
                kept: &mut *kept,
                shared: &mut *shared,
            };
            N::forward::<f32, S, SAMPLES>(simd, &pass, values, arena, &mut ());
            let (arena, skip) = (Arena { kept, shared }, InputGradient::Skip);
            N::backward::<f32, S, SAMPLES>(simd, &pass, values, gradients, arena, skip, &mut ());
        }
    }
}

impl<N: Network> Kernel for Inference<'_, N> {
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        if is_looked_at::<S>() {
            N::infer(simd, self.values, self.packed, self.blocks);
            N::infer_single(simd, self.packed, self.single, self.sample, self.result);
        }
    }
}
