//! A network written by hand, for the tests of this crate:
//! `Toy: 4 -> dense1: dense(8) -> relu -> logits: dense(3)`.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::arena::Arena;
use crate::lanes::{BLOCK, Lanes};
use crate::network::{InputGradient, Network, Probe};
use crate::pass::Pass;
use crate::sample::as_scalars;
use crate::shape::Flat;
use crate::simd::{Scalar, Simd};
use crate::spec::{
    Activation, InferenceArena, LayerSpec, ParameterSpec, Role, SampleArena, Spec, TrainingArena,
};

/// The work of a layer is overstated, so that a batch of 130 samples has eight groups.
const OVERSTATED: u64 = 20;

const INPUT: usize = 4;
const HIDDEN: usize = 8;
const CLASSES: usize = 3;

const W1: Range<usize> = 0..32;
const B1: Range<usize> = 32..40;
const W2: Range<usize> = 40..64;
const B2: Range<usize> = 64..67;

/// Input, hidden, output, their gradients.
const X: Range<usize> = 0..4;
const H: Range<usize> = 4..12;
const Y: Range<usize> = 12..15;
const DY: Range<usize> = 15..18;
const DH: Range<usize> = 18..26;

pub(crate) const SPEC: Spec = Spec {
    name: "Toy",
    input: &[INPUT],
    output: &[CLASSES],
    layers: &[
        layer("dense1", "dense(8)", &[INPUT], &[HIDDEN], 32, 0..2),
        layer("relu1", "relu", &[HIDDEN], &[HIDDEN], 0, 2..2),
        layer("logits", "dense(3)", &[HIDDEN], &[CLASSES], 24, 2..4),
    ],
    parameters: &[
        weight("dense1.weight", &[8, 4], W1, Activation::Rectifier),
        bias("dense1.bias", &[8], B1),
        weight("logits.weight", &[3, 8], W2, Activation::Linear),
        bias("logits.bias", &[3], B2),
    ],
    parameter_count: 67,
    frozen_count: 0,
    statistics: &[],
    training: TrainingArena {
        samples: BLOCK,
        len: 26,
        least: 26,
        shared: 0,
        least_shared: 0,
        input: X,
        output: Y,
        d_output: DY,
        d_input: 0..0,
        forward: &[],
        backward: &[],
        merged: 0,
        offers: &[],
    },
    inference: ARENA,
    single: SampleArena {
        len: 0,
        least: 0,
        converted: 4,
    },
    packed: 67,
    packed_block: 0,
    least_block: 4,
};

const ARENA: InferenceArena = InferenceArena {
    len: 15,
    least: 15,
    input: X,
    output: Y,
};

const fn layer(
    name: &'static str,
    layer: &'static str,
    input: &'static [usize],
    output: &'static [usize],
    macs: u64,
    parameters: Range<usize>,
) -> LayerSpec {
    LayerSpec {
        name,
        layer,
        input,
        output,
        is_frozen: false,
        forward_macs: macs * OVERSTATED,
        backward_macs: 2 * macs * OVERSTATED,
        parameters,
    }
}

const fn weight(
    name: &'static str,
    shape: &'static [usize],
    range: Range<usize>,
    activation: Activation,
) -> ParameterSpec {
    let role = Role::Weight {
        fan_in: shape[1],
        fan_out: shape[0],
        activation,
    };
    ParameterSpec {
        name,
        shape,
        offset: range.start,
        len: range.end - range.start,
        role,
    }
}

const fn bias(name: &'static str, shape: &'static [usize], range: Range<usize>) -> ParameterSpec {
    ParameterSpec {
        name,
        shape,
        offset: range.start,
        len: range.end - range.start,
        role: Role::Bias,
    }
}

pub(crate) struct Toy<T>(Vec<T>);

impl<T: Scalar> Toy<T> {
    pub(crate) fn new(seed: u64) -> Self {
        let mut parameters = vec![T::ZERO; SPEC.parameter_count];
        crate::init::initialize(&SPEC, seed, &mut parameters);
        Self(parameters)
    }
}

/// The forward pass of a block, sample by sample.
fn run<T: Scalar, const SAMPLES: usize>(parameters: &[T], arena: &mut [Lanes<T, SAMPLES>]) {
    for n in 0..SAMPLES {
        let column: Vec<T> = arena[X].iter().map(|lanes| lanes.0[n]).collect();
        let (hidden, output) = layers(parameters, &column);
        for (lanes, value) in arena[H].iter_mut().zip(hidden) {
            lanes.0[n] = value;
        }
        for (lanes, value) in arena[Y].iter_mut().zip(output) {
            lanes.0[n] = value;
        }
    }
}

impl<P: Scalar> Network for Toy<P> {
    type Scalar = P;
    type Input = Flat<4>;
    type Output = Flat<3>;
    type InputElements = typenum::U4;
    type OutputElements = typenum::U3;
    type Element<T: Scalar, const SAMPLES: usize> = Lanes<T, SAMPLES>;

    const SPEC: &'static Spec = &SPEC;

    fn values(&self) -> &[P] {
        &self.0
    }
    fn values_mut(&mut self) -> &mut [P] {
        &mut self.0
    }

    fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _simd: S,
        _pass: &Pass<'_, T>,
        parameters: &[T],
        arena: Arena<'_, Lanes<T, SAMPLES>>,
        probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
        let arena = arena.kept;
        run(parameters, arena);
        probe.value(1, &arena[H]);
        probe.value(2, &arena[Y]);
    }

    fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _simd: S,
        _pass: &Pass<'_, T>,
        parameters: &[T],
        gradients: &mut [T],
        arena: Arena<'_, Lanes<T, SAMPLES>>,
        _input_gradient: InputGradient,
        probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
        let arena = arena.kept;
        arena[DH].fill(Lanes::splat(T::ZERO));
        for n in 0..SAMPLES {
            for k in 0..CLASSES {
                let d = arena[DY][k].0[n];
                gradients[B2][k] += d;
                for h in 0..HIDDEN {
                    gradients[W2][k * HIDDEN + h] += d * arena[H][h].0[n];
                    arena[DH][h].0[n] += d * parameters[W2][k * HIDDEN + h];
                }
            }
            for h in 0..HIDDEN {
                if arena[H][h].0[n] <= T::ZERO {
                    arena[DH][h].0[n] = T::ZERO;
                }
                let d = arena[DH][h].0[n];
                gradients[B1][h] += d;
                for i in 0..INPUT {
                    gradients[W1][h * INPUT + i] += d * arena[X][i].0[n];
                }
            }
        }
        probe.gradient(2, &arena[DH]);
    }

    fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        _simd: S,
        _offer: usize,
        _parameters: &[T],
        _gradients: &mut [T],
        _arena: &mut [Lanes<T, SAMPLES>],
    ) {
    }

    fn pack_block<T: Scalar>(_parameters: &[T], _packed: &mut [T]) {}

    fn infer<T: Scalar, S: Simd>(
        _simd: S,
        parameters: &[T],
        _packed: &[T],
        arena: &mut [Lanes<T>],
    ) {
        run(parameters, arena);
    }

    fn pack<T: Scalar>(parameters: &[T], packed: &mut [T]) {
        packed.copy_from_slice(parameters);
    }

    fn infer_single<T: Scalar, S: Simd>(
        _simd: S,
        packed: &[T],
        arena: &mut [T],
        sample: &[f32],
        result: &mut [T],
    ) {
        let (_, output) = layers(packed, as_scalars(sample, arena));
        result.copy_from_slice(&output);
    }
}

/// The hidden values after `relu`, and the logits.
fn layers<T: Scalar>(parameters: &[T], x: &[T]) -> (Vec<T>, Vec<T>) {
    let relu = |x: T| if x < T::ZERO { T::ZERO } else { x };
    let hidden = dense(&parameters[W1], &parameters[B1], x);
    let hidden: Vec<T> = hidden.into_iter().map(relu).collect();
    let output = dense(&parameters[W2], &parameters[B2], &hidden);
    (hidden, output)
}

fn dense<T: Scalar>(weight: &[T], bias: &[T], x: &[T]) -> Vec<T> {
    let rows = weight.chunks(x.len()).zip(bias);
    rows.map(|(row, &b)| {
        let products = row.iter().zip(x).map(|(&w, &x)| w * x);
        products.fold(b, |sum, product| sum + product)
    })
    .collect()
}
