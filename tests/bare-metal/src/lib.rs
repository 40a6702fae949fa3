//! A classifier of small pictures that learns on the device itself: all of its memory is one value,
//! whose size is known when it is compiled.

#![no_std]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use cnn::infer::predict_with;
use cnn::loss::BlockLoss;
use cnn::optim::Step;
use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};
use cnn::train::block::{Block, Memory, train_block};
use cnn::{Draw, InlineBuffer, Lanes, Pass, Spec};

network! {
    /// Tells three kinds of pictures apart.
    pub Pictures: 1x8x8
        -> conv1: conv<3x3>(4) -> relu -> max_pool<2x2>
        -> flatten
        -> logits: dense(3)
        -> 3
}

const SPEC: &Spec = Pictures::SPEC;
const ADAM: Adam = Adam::new(0.01);

/// The network, and everything that training and inference need.
pub struct Device {
    net: Pictures<f32, Inline>,
    steps: u64,
    gradients: InlineBuffer<f32, { SPEC.parameter_count }>,
    moments: InlineBuffer<f32, { 2 * SPEC.parameter_count }>,
    training: [Lanes<f32>; SPEC.training.len],
    packed: InlineBuffer<f32, { SPEC.packed }>,
    single: InlineBuffer<f32, { SPEC.single.len }>,
}

impl Device {
    /// Nothing but zeros, for a `static`.
    pub const ZERO: Self = Self {
        net: Pictures::ZERO,
        steps: 0,
        gradients: InlineBuffer::ZERO,
        moments: InlineBuffer::ZERO,
        training: [Lanes::splat(0.0); SPEC.training.len],
        packed: InlineBuffer::ZERO,
        single: InlineBuffer::ZERO,
    };

    /// Forgets what was learned, and begins with random weights.
    pub fn start(&mut self, seed: u64) {
        self.net.init(seed);
        self.steps = 0;
        self.moments.fill(0.0);
        Pictures::<f32>::pack(self.net.values(), &mut self.packed);
    }

    /// The network as it is.
    pub fn net(&self) -> &Pictures<f32, Inline> {
        &self.net
    }

    /// Learns from up to sixteen pictures, and returns their loss before.
    pub fn learn(&mut self, pictures: &[&[f32]], kinds: &[usize]) -> BlockLoss {
        let block = Block {
            samples: pictures,
            targets: kinds,
            total_weight: pictures.len() as f64,
        };
        let loss = Level::detect().run(Learn {
            device: self,
            block,
        });
        Pictures::<f32>::pack(self.net.values(), &mut self.packed);
        loss
    }

    /// The kind of a picture.
    pub fn kind(&mut self, picture: &[f32]) -> Option<usize> {
        let mut logits = [0.0; 3];
        predict_with::<Pictures>(&self.packed, &mut self.single, picture, &mut logits);
        argmax(&logits)
    }
}

/// One step of training, compiled for the processor's vector instructions if it has any.
struct Learn<'a> {
    device: &'a mut Device,
    block: Block<'a, usize>,
}

impl Kernel for Learn<'_> {
    type Output = BlockLoss;

    fn run<S: Simd>(self, simd: S) -> BlockLoss {
        let Self { device, block } = self;
        device.gradients.fill(0.0);
        let memory = Memory {
            values: device.net.values(),
            gradients: &mut device.gradients,
            arena: &mut device.training,
        };
        device.steps += 1;
        let draw = Draw {
            seed: 1,
            step: device.steps,
        };
        let pass = Pass::new(&SPEC.training, block.samples.len(), 0, draw);
        let loss =
            train_block::<Pictures, _, _, _>(simd, &SoftmaxCrossEntropy, block, &pass, memory);
        let step = Step {
            number: device.steps,
            rate_factor: 1.0,
            parameters: device.net.parameters_mut(),
            gradients: &device.gradients,
            state: &mut device.moments,
        };
        ADAM.step(simd, step);
        loss
    }
}

/// What every firmware has once; here, so that the crate can be linked without an allocator.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
