//! Inference of a block of sixteen samples beside that of one sample: how many samples are worth a block.

use std::hint::black_box;

use cnn::simd::{Kernel, Simd, Vector};
use cnn::{BLOCK, Lanes, Network, Shape, Spec, gather};

use crate::networks::{Chain, CifarVgg, DsCnn, LeNet5, ResNet8, SeedNet};
use crate::repeat::noise;
use crate::single;
use crate::turns::{Work, seconds};

/// A network on a block, and on one sample.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) spec: &'static Spec,
    pub(crate) works: [Work; 2],
}

cnn::network! {
    /// The autoencoder of MLPerf Tiny (C. Banbury et al., 2021), without its norms.
    AutoEncoder: 640
        -> repeat<4>(dense(128) -> relu) -> dense(8) -> relu -> repeat<4>(dense(128) -> relu) -> dense(640)

    /// Few inputs and many outputs.
    Widening: 16 -> dense(64) -> tanh -> dense(256)

    /// Weights in the nearest cache, in the second, and beyond.
    Dense16K: 64 -> dense(64)
    Dense64K: 128 -> dense(128)
    Dense256K: 512 -> dense(128)
    Dense4M: 1024 -> dense(1024)
    Dense16M: 2048 -> dense(2048)

    /// Four channels, and columns that leave half of a register.
    FewChannels: 1x24x24 -> conv<3x3>(4, padding = same) -> relu -> conv<3x3>(4, padding = same)
}

macro_rules! case {
    ($Name:ident) => {
        Case {
            name: stringify!($Name),
            spec: $Name::SPEC,
            works: [
                |level| level.run(Block(&$Name::new(1))),
                |level| single::time(&$Name::new(1), level),
            ],
        }
    };
}

/// All of them, the workloads first.
pub(crate) fn all() -> Vec<Case> {
    vec![
        case!(LeNet5),
        case!(SeedNet),
        case!(CifarVgg),
        case!(DsCnn),
        case!(ResNet8),
        case!(Chain),
        case!(AutoEncoder),
        case!(Widening),
        case!(Dense16K),
        case!(Dense64K),
        case!(Dense256K),
        case!(Dense4M),
        case!(Dense16M),
        case!(FewChannels),
    ]
}

/// With the samples brought to the lanes, and without what hands out their results.
struct Block<'a, N>(&'a N);

impl<N: Network<Scalar = f32>> Kernel for Block<'_, N> {
    type Output = f64;

    fn run<S: Simd>(self, simd: S) -> f64 {
        // Not compiled for a level that is not measured.
        if const { <S::F32 as Vector<f32, S>>::LANES < 8 } {
            return 0.0;
        }
        let values = self.0.values();
        let places = &N::SPEC.inference;
        let mut packed = vec![0.0; N::SPEC.packed_block];
        N::pack_block(values, &mut packed);
        let mut arena = vec![Lanes::<f32>::default(); places.len];
        let sample = noise(N::Input::ELEMENTS);
        let samples = [&sample[..]; BLOCK];
        seconds(|| {
            gather(black_box(&samples), &mut arena[places.input.clone()]);
            N::infer(simd, values, &packed, &mut arena);
            black_box(&mut arena);
        })
    }
}
