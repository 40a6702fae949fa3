//! The numbers that a loss depends on, or its gradients by them, in `f64`.

use alloc::vec::Vec;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::buffer::Buffer;
use crate::element::BlockElement;
use crate::simd::Scalar;

/// A number that the loss depends on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// An element of the parameter vector.
    Parameter(usize),
    /// An element of one sample.
    Input { sample: usize, element: usize },
}

/// A value for every [`Place`].
#[derive(Debug)]
pub(super) struct Point<E> {
    /// All values of the network, of which the parameters are the first; or the gradients by these alone.
    pub(super) values: Buffer<f64>,
    /// One value per block of samples.
    pub(super) inputs: Vec<Buffer<E>>,
    samples: usize,
}

impl<E: BlockElement<Scalar = f64>> Point<E> {
    /// These values of a network, and samples that fill `elements` places of a block.
    pub(super) fn new<T: Scalar>(values: &[T], samples: &[&[f32]], elements: usize) -> Self {
        let mut wide = Buffer::zeroed(values.len());
        for (wide, &value) in wide.iter_mut().zip(values) {
            *wide = value.to_f64();
        }
        let block = |samples: &[&[f32]]| {
            let mut input = Buffer::<E>::zeroed(elements);
            for (n, sample) in samples.iter().enumerate() {
                for (element, &value) in input.iter_mut().zip(*sample) {
                    element.samples_mut()[n] = f64::from(value);
                }
            }
            input
        };
        Self {
            values: wide,
            inputs: samples.chunks(E::SAMPLES).map(block).collect(),
            samples: samples.len(),
        }
    }

    /// Zero at every place of another point, whose first `parameters` values are learned.
    pub(super) fn zero(other: &Self, parameters: usize) -> Self {
        let zeroed = |input: &Buffer<E>| Buffer::zeroed(input.len());
        Self {
            values: Buffer::zeroed(parameters),
            inputs: other.inputs.iter().map(zeroed).collect(),
            samples: other.samples,
        }
    }

    /// Moves every one of the first `parameters` values and every input by a random amount of at most
    /// `amplitude`.
    pub(super) fn jitter(&mut self, parameters: usize, amplitude: f64, random: &mut ChaCha8Rng) {
        let mut amount = || {
            let unit = random.next_u32() as f64 / f64::from(u32::MAX);
            amplitude * (2.0 * unit - 1.0)
        };
        let parameters = &mut self.values[..parameters];
        parameters.iter_mut().for_each(|p| *p += amount());
        for (block, input) in self.inputs.iter_mut().enumerate() {
            let samples = E::SAMPLES.min(self.samples - block * E::SAMPLES);
            for element in input.iter_mut() {
                let present = &mut element.samples_mut()[..samples];
                present.iter_mut().for_each(|x| *x += amount());
            }
        }
    }

    pub(super) fn number(&mut self, place: Place) -> &mut f64 {
        match place {
            Place::Parameter(index) => &mut self.values[index],
            Place::Input { sample, element } => {
                let block = &mut self.inputs[sample / E::SAMPLES];
                &mut block[element].samples_mut()[sample % E::SAMPLES]
            }
        }
    }

    pub(super) fn at(&self, place: Place) -> f64 {
        match place {
            Place::Parameter(index) => self.values[index],
            Place::Input { sample, element } => {
                let block = &self.inputs[sample / E::SAMPLES];
                block[element].samples()[sample % E::SAMPLES]
            }
        }
    }

    /// The largest magnitude of all; NaN is left out. Where all are zero, as the gradients of a softmax of
    /// one element are, it is 1.
    pub(super) fn scale(&self) -> f64 {
        let inputs = self.inputs.iter().flat_map(|block| block.iter());
        let all = inputs
            .flat_map(|element| element.samples())
            .chain(self.values.iter());
        let largest = all.fold(0.0, |largest: f64, x| largest.max(x.abs()));
        if largest > 0.0 { largest } else { 1.0 }
    }
}
