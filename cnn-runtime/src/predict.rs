//! Inference: what a trained network says about a sample.
//!
//! Loss and accuracy on a data set are in `train::evaluate`.

use core::fmt;
use core::marker::PhantomData;

use alloc::vec;
use alloc::vec::Vec;

use crate::buffer::Buffer;
use crate::infer::{InferSingle, assert_sample, assert_sizes, predict_with};
use crate::lanes::{BLOCK, Lanes, gather_squares, scatter_squares};
use crate::network::Network;
use crate::shape::Shape;
use crate::simd::{Kernel, Level, Scalar, Simd};

pub use crate::infer::argmax;

/// A network for inference: a copy of all its values, laid out for this machine, and all memory
/// that inference needs. It does not follow the network's further training.
///
/// Batch normalization directly behind a convolution or a dense layer is folded into the weights of
/// that layer, so that it costs nothing per sample.
///
/// Outputs are those of the network's last layer: logits, if it ends without an activation.
pub struct Frozen<N: Network> {
    pub(crate) weights: Weights<N>,
    pub(crate) memory: Memory<N>,
}

/// What inference reads.
pub(crate) struct Weights<N: Network> {
    values: Buffer<N::Scalar>,
    packed: Buffer<N::Scalar>,
    packed_block: Buffer<N::Scalar>,
    pub(crate) level: Level,
}

/// What a thread needs to compute: the arenas of one sample and of a block, if one is ever computed.
pub(crate) struct Memory<N: Network> {
    single: Buffer<N::Scalar>,
    block: Buffer<Lanes<N::Scalar>>,
    network: PhantomData<fn() -> N>,
}

impl<N: Network> Memory<N> {
    pub(crate) fn new() -> Self {
        Self {
            single: Buffer::zeroed(N::SPEC.single.scalars::<N::Scalar>()),
            block: Buffer::zeroed(match has_blocks::<N>() {
                true => N::SPEC.inference.len,
                false => 0,
            }),
            network: PhantomData,
        }
    }
}

impl<N: Network> Frozen<N> {
    /// Copies and packs the parameters and running statistics of `net`. Those below [`Scalar::NEGLIGIBLE`] become
    /// zero, for what they would add costs many times what it is worth.
    #[must_use]
    pub fn new(net: &N) -> Self {
        let mut values = Buffer::copied(net.values());
        values.iter_mut().for_each(|x| *x = x.unless_negligible());
        Self {
            weights: Weights {
                packed: packed::<N>(&values),
                packed_block: packed_block::<N>(&values),
                values,
                level: Level::detect(),
            },
            memory: Memory::new(),
        }
    }

    /// The same with the instructions of another level.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        self.weights.level = level;
        self
    }

    /// The output for one sample: the elements of `N::Output`, row-major.
    ///
    /// # Panics
    /// If `input` has another length than `N::Input` has elements.
    #[must_use]
    #[track_caller]
    pub fn predict(&mut self, input: &[f32]) -> Vec<N::Scalar> {
        let mut output = vec![N::Scalar::ZERO; N::Output::ELEMENTS];
        self.predict_into(input, &mut output);
        output
    }

    /// Writes the output for one sample into `output`; allocates nothing.
    ///
    /// # Panics
    /// If `input` has another length than `N::Input` has elements, or `output` than `N::Output`.
    #[track_caller]
    pub fn predict_into(&mut self, input: &[f32], output: &mut [N::Scalar]) {
        assert_sizes::<N>(input, output);
        self.weights.single(&mut self.memory, input, output);
    }

    /// The outputs for any number of samples, one after another; allocates nothing.
    ///
    /// Sixteen samples at a time are computed side by side, unless they are so few that one after another is faster, or
    /// it always is ([`Spec::least_block`](crate::Spec::least_block)).
    ///
    /// # Panics
    /// If an input has another length than `N::Input` has elements, or `outputs` another than the
    /// inputs times the elements of `N::Output`.
    #[track_caller]
    pub fn predict_batch(&mut self, inputs: &[&[f32]], outputs: &mut [N::Scalar]) {
        assert_batch::<N>(inputs, outputs);
        self.weights.batch(&mut self.memory, inputs, outputs);
    }
}

impl<N: Network> Weights<N> {
    /// One sample.
    fn single(&self, memory: &mut Memory<N>, input: &[f32], output: &mut [N::Scalar]) {
        self.level.run(InferSingle::<N> {
            packed: &self.packed,
            arena: &mut memory.single,
            input,
            output,
        });
    }

    /// Any number of samples, whose sizes are right.
    pub(crate) fn batch(
        &self,
        memory: &mut Memory<N>,
        inputs: &[&[f32]],
        outputs: &mut [N::Scalar],
    ) {
        let elements = N::Output::ELEMENTS;
        let blocks = inputs.chunks(BLOCK);
        for (inputs, outputs) in blocks.zip(outputs.chunks_mut(BLOCK * elements)) {
            if inputs.len() >= N::SPEC.least_block {
                self.block(memory, inputs, outputs);
                continue;
            }
            for (input, output) in inputs.iter().zip(outputs.chunks_mut(elements)) {
                self.single(memory, input, output);
            }
        }
    }

    /// At most sixteen samples side by side.
    fn block(&self, memory: &mut Memory<N>, inputs: &[&[f32]], outputs: &mut [N::Scalar]) {
        self.level.run(InferBlock::<N> {
            values: &self.values,
            packed: &self.packed_block,
            arena: &mut memory.block,
            inputs,
            outputs,
        });
    }
}

/// Refuses samples of another length, and a place for the outputs of another.
#[track_caller]
pub(crate) fn assert_batch<N: Network>(inputs: &[&[f32]], outputs: &[N::Scalar]) {
    let elements = N::Output::ELEMENTS;
    assert!(
        outputs.len() == inputs.len() * elements,
        "the outputs of `{}` for {} samples have {elements} elements each, found a place for {} in all",
        N::SPEC.name,
        inputs.len(),
        outputs.len(),
    );
    for input in inputs {
        assert_sample::<N>(input);
    }
}

impl<N: Network> fmt::Debug for Frozen<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frozen {} for {:?}", N::SPEC.name, self.weights.level)
    }
}

/// The output of a network for one sample.
///
/// It packs the weights and makes its memory on every call: for more than a few samples,
/// [`Frozen`] is much faster.
///
/// # Panics
/// If `input` has another length than `N::Input` has elements.
#[must_use]
#[track_caller]
pub fn predict<N: Network>(net: &N, input: &[f32]) -> Vec<N::Scalar> {
    let mut arena = Buffer::zeroed(N::SPEC.single.scalars::<N::Scalar>());
    let mut output = vec![N::Scalar::ZERO; N::Output::ELEMENTS];
    predict_with::<N>(&packed::<N>(net.values()), &mut arena, input, &mut output);
    output
}

fn packed<N: Network>(values: &[N::Scalar]) -> Buffer<N::Scalar> {
    let mut packed = Buffer::zeroed(N::SPEC.packed);
    N::pack(values, &mut packed);
    packed
}

fn packed_block<N: Network>(values: &[N::Scalar]) -> Buffer<N::Scalar> {
    if !has_blocks::<N>() {
        return Buffer::zeroed(0);
    }
    let mut packed = Buffer::zeroed(N::SPEC.packed_block);
    N::pack_block(values, &mut packed);
    packed
}

/// Whether blocks are ever computed: otherwise nothing is kept for them.
fn has_blocks<N: Network>() -> bool {
    N::SPEC.least_block <= BLOCK
}

struct InferBlock<'a, N: Network> {
    values: &'a [N::Scalar],
    packed: &'a [N::Scalar],
    arena: &'a mut [Lanes<N::Scalar>],
    inputs: &'a [&'a [f32]],
    outputs: &'a mut [N::Scalar],
}

impl<N: Network> Kernel for InferBlock<'_, N> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        let place = &mut self.arena[N::SPEC.inference.input.clone()];
        gather_squares(simd, self.inputs, place);
        N::infer(simd, self.values, self.packed, self.arena);
        let results = &self.arena[N::SPEC.inference.output.clone()];
        scatter_squares(simd, results, self.outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Toy;

    fn input(sample: usize) -> [f32; 4] {
        core::array::from_fn(|i| ((sample * 5 + i * 3) % 7) as f32 - 3.0)
    }

    #[test]
    fn one_by_one_and_in_blocks_give_the_same_outputs_on_every_level() {
        let net = Toy::<f32>::new(1);
        for level in Level::available() {
            for count in [1, 3, 4, 16, 18, 37] {
                let samples: Vec<_> = (0..count).map(input).collect();
                let inputs: Vec<&[f32]> = samples.iter().map(|s| &s[..]).collect();
                let mut outputs = vec![0.0; count * 3];
                let mut frozen = Frozen::new(&net).with_level(level);
                frozen.predict_batch(&inputs, &mut outputs);
                for (input, output) in inputs.iter().zip(outputs.chunks(3)) {
                    assert_eq!(frozen.predict(input), output);
                    assert_eq!(predict(&net, input), output);
                }
            }
        }
    }

    #[test]
    fn weights_that_are_negligible_are_frozen_as_zeros() {
        const LEAST: f32 = <f32 as Scalar>::NEGLIGIBLE;
        let mut net = Toy::<f32>::new(1);
        let kept = [LEAST, -1.0, f32::NAN];
        let negligible = [0.9 * LEAST, -0.9 * LEAST, 1e-40, -1e-37];
        net.parameters_mut()[..3].copy_from_slice(&kept);
        net.parameters_mut()[3..7].copy_from_slice(&negligible);
        let frozen = Frozen::new(&net).weights.values;
        let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|x| x.to_bits()).collect() };
        assert_eq!(bits(&frozen[..7]), bits(&[&kept[..], &[0.0; 4]].concat()));
        assert_eq!(frozen[7..], net.parameters()[7..]);
        assert_eq!(net.parameters()[3..7], negligible);
    }

    #[test]
    fn a_frozen_network_can_be_a_temporary() {
        let net = Toy::<f64>::new(1);
        let mut output = vec![0.0; 3];
        Frozen::new(&net).predict_into(&input(0), &mut output);
        assert_eq!(Frozen::new(&net).predict(&input(0)), output);
    }

    #[test]
    #[should_panic(expected = "a sample of `Toy` has 4 elements (4), found 5")]
    fn an_input_of_another_length_is_refused_with_the_sizes() {
        let _ = predict(&Toy::<f32>::new(1), &[0.0; 5]);
    }
}
