//! A network and a loss written by hand, so that the gradient check is tested without the macro.

use std::ops::Range;

use cnn_runtime::loss::{BlockLoss, Loss, TargetFault};
use cnn_runtime::simd::{Scalar, Simd};
use cnn_runtime::{
    Arena, BLOCK, BlockElement, Chw, InferenceArena, InputGradient, Lanes, Network, ParameterSpec,
    Pass, Probe, Role, SampleArena, Shape, Spec, TrainingArena, Values,
};

/// `1x5x4 -> conv1: conv<3x3>(2) -> relu -> 2x3x2`.
#[derive(Debug)]
pub(crate) struct Tiny {
    pub(crate) parameters: [f32; PARAMETERS],
}

const IN: [usize; 2] = [5, 4];
const OUT: [usize; 3] = [2, 3, 2];
const TAPS: usize = 9;
const BIAS: usize = OUT[0] * TAPS;
pub(crate) const PARAMETERS: usize = BIAS + OUT[0];

const INPUT: Range<usize> = 0..20;
const OUTPUT: Range<usize> = 20..32;
const D_OUTPUT: Range<usize> = 32..44;
const D_INPUT: Range<usize> = 44..64;

static SPEC: Spec = Spec {
    name: "Tiny",
    input: &[1, 5, 4],
    output: &OUT,
    layers: &[],
    parameters: &[
        ParameterSpec {
            name: "conv1.weight",
            shape: &[2, 1, 3, 3],
            offset: 0,
            len: BIAS,
            role: Role::Bias,
        },
        ParameterSpec {
            name: "conv1.bias",
            shape: &[2],
            offset: BIAS,
            len: OUT[0],
            role: Role::Bias,
        },
    ],
    parameter_count: PARAMETERS,
    frozen_count: 0,
    statistics: &[],
    training: TrainingArena {
        samples: BLOCK,
        len: 64,
        least: 64,
        shared: 0,
        least_shared: 0,
        input: INPUT,
        output: OUTPUT,
        d_output: D_OUTPUT,
        d_input: D_INPUT,
        forward: &[],
        backward: &[],
        merged: 0,
        offers: &[],
    },
    inference: NONE,
    single: SampleArena {
        len: 0,
        least: 0,
        converted: 0,
    },
    packed: 0,
    packed_block: 0,
    least_block: 1,
};

const NONE: InferenceArena = InferenceArena {
    len: 0,
    least: 0,
    input: 0..0,
    output: 0..0,
};

impl Network for Tiny {
    type Scalar = f32;
    type Input = Chw<1, 5, 4>;
    type Output = Chw<2, 3, 2>;
    type InputElements = typenum::U20;
    type OutputElements = typenum::U12;
    type Element<T: Scalar, const SAMPLES: usize> = Lanes<T, SAMPLES>;
    const SPEC: &'static Spec = &SPEC;

    fn values(&self) -> &[f32] {
        &self.parameters
    }

    fn values_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _simd: S,
        _pass: &Pass<'_, T>,
        parameters: &[T],
        arena: Arena<'_, Lanes<T, SAMPLES>>,
        _probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
        let arena = arena.kept;
        let mut outputs = vec![Lanes::default(); OUTPUT.len()];
        for (at, output) in outputs.iter_mut().enumerate() {
            let channel = at / (OUT[1] * OUT[2]);
            for n in 0..SAMPLES {
                let mut sum = parameters[BIAS + channel];
                for tap in 0..TAPS {
                    sum += parameters[channel * TAPS + tap] * arena[read(at, tap)].0[n];
                }
                output.0[n] = if sum > T::ZERO { sum } else { T::ZERO };
            }
        }
        arena[OUTPUT].copy_from_slice(&outputs);
    }

    fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _simd: S,
        _pass: &Pass<'_, T>,
        parameters: &[T],
        gradients: &mut [T],
        arena: Arena<'_, Lanes<T, SAMPLES>>,
        _input_gradient: InputGradient,
        _probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
        let arena = arena.kept;
        let mut d_input = vec![Lanes::<T, SAMPLES>::default(); INPUT.len()];
        for at in 0..OUTPUT.len() {
            let channel = at / (OUT[1] * OUT[2]);
            for n in 0..SAMPLES {
                let is_active = arena[OUTPUT.start + at].0[n] > T::ZERO;
                let delta = arena[D_OUTPUT.start + at].0[n];
                let delta = if is_active { delta } else { T::ZERO };
                gradients[BIAS + channel] += delta;
                for tap in 0..TAPS {
                    let weight = channel * TAPS + tap;
                    gradients[weight] += delta * arena[read(at, tap)].0[n];
                    d_input[read(at, tap)].0[n] += delta * parameters[weight];
                }
            }
        }
        arena[D_INPUT].copy_from_slice(&d_input);
    }

    fn infer<T: Scalar, S: Simd>(_: S, _: &[T], _: &[T], _: &mut [Lanes<T>]) {}
    fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        _: S,
        _: usize,
        _: &[T],
        _: &mut [T],
        _: &mut [Lanes<T, SAMPLES>],
    ) {
    }
    fn pack_block<T: Scalar>(_: &[T], _: &mut [T]) {}
    fn pack<T: Scalar>(_: &[T], _: &mut [T]) {}
    fn infer_single<T: Scalar, S: Simd>(_: S, _: &[T], _: &mut [T], _: &[f32], _: &mut [T]) {}
}

/// The input element that tap `tap` of output element `at` reads.
fn read(at: usize, tap: usize) -> usize {
    let (y, x) = (at / OUT[2] % OUT[1], at % OUT[2]);
    (y + tap / 3) * IN[1] + x + tap % 3
}

/// The sum of squares, averaged over the batch.
#[derive(Debug)]
pub(crate) struct Squares;

impl<Output: Shape> Loss<Output> for Squares {
    type Target = Values<Output>;

    fn check(&self, _target: &[f32]) -> Result<(), TargetFault> {
        Ok(())
    }

    fn block<S: Simd, E: BlockElement>(
        &self,
        _simd: S,
        total_weight: f64,
        output: &[E],
        targets: &[&[f32]],
        d_output: &mut [E],
    ) -> BlockLoss {
        let mut loss = 0.0;
        d_output.fill(E::ZEROS);
        for (n, target) in targets.iter().enumerate() {
            for (element, &target) in target.iter().enumerate() {
                let distance = output[element].samples()[n].to_f64() - f64::from(target);
                loss += distance * distance / total_weight;
                let slope = 2.0 * distance / total_weight;
                d_output[element].samples_mut()[n] = E::Scalar::from_f64(slope);
            }
        }
        BlockLoss {
            loss,
            ..BlockLoss::default()
        }
    }
}
