//! Loss and gradients of a batch in `f64`, by the network's own code.

use alloc::vec::Vec;
use core::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::TargetOf;
use crate::blocks::Blocks;
use crate::buffer::Buffer;
use crate::lanes::{BLOCK, Lanes, gather};
use crate::loss::Loss;
use crate::network::{InputGradient, Network};
use crate::pass::Draw;
use crate::simd::Simd;
use crate::views::regions;

/// A number that the loss depends on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// An element of the parameter vector.
    Parameter(usize),
    /// An element of one sample.
    Input { sample: usize, element: usize },
}

/// The analytic gradients of the mean loss.
pub(super) struct Gradients {
    parameters: Buffer<f64>,
    /// One value per block of samples.
    inputs: Vec<Buffer<Lanes<f64>>>,
    /// The largest magnitude of all, with which a difference is compared; NaN is left out. Of a network
    /// whose gradients are all zero, such as a softmax of one element, it is 1.
    pub(super) scale: f64,
}

impl Gradients {
    fn new(parameters: Buffer<f64>, inputs: Vec<Buffer<Lanes<f64>>>) -> Self {
        let of_inputs = inputs.iter().flat_map(|block| block.iter());
        let of_inputs = of_inputs.flat_map(|lanes| lanes.0);
        let all = parameters.iter().copied().chain(of_inputs);
        let largest = all.fold(0.0, |largest: f64, gradient| largest.max(gradient.abs()));
        Self {
            parameters,
            inputs,
            scale: if largest > 0.0 { largest } else { 1.0 },
        }
    }

    pub(super) fn at(&self, place: Place) -> f64 {
        match place {
            Place::Parameter(index) => self.parameters[index],
            Place::Input { sample, element } => {
                self.inputs[sample / BLOCK][element].0[sample % BLOCK]
            }
        }
    }
}

/// A network's code with a point to run it at: parameters, a batch and its targets.
pub(super) struct Evaluation<'a, 't, N: Network, L: Loss<N::Output>, S> {
    simd: S,
    loss: &'a L,
    targets: &'a [TargetOf<'t, N, L>],
    total_weight: f64,
    parameters: Buffer<f64>,
    /// One value per block of samples.
    inputs: Vec<Buffer<Lanes<f64>>>,
    blocks: Blocks<f64>,
}

impl<'a, 't, N: Network, L: Loss<N::Output>, S: Simd> Evaluation<'a, 't, N, L, S> {
    pub(super) fn new(
        simd: S,
        net: &N,
        loss: &'a L,
        samples: &[&[f32]],
        targets: &'a [TargetOf<'t, N, L>],
    ) -> Self {
        let mut parameters = Buffer::zeroed(N::SPEC.parameter_count);
        for (wide, &parameter) in parameters.iter_mut().zip(net.parameters()) {
            *wide = crate::simd::Scalar::to_f64(parameter);
        }
        let block = |samples: &[&[f32]]| {
            let mut input = Buffer::zeroed(N::SPEC.training.input.len());
            gather(samples, &mut input);
            input
        };
        Self {
            simd,
            loss,
            targets,
            total_weight: loss.total_weight(targets.iter().copied()),
            parameters,
            inputs: samples.chunks(BLOCK).map(block).collect(),
            // One draw for all: what layers draw at random must not change from loss to loss.
            blocks: Blocks::new(&N::SPEC.training, samples.len(), Draw::default()),
        }
    }

    /// Moves every parameter and every input by a random amount of at most `amplitude`.
    pub(super) fn jitter(&mut self, amplitude: f64, random: &mut ChaCha8Rng) {
        let mut amount = || {
            let unit = random.next_u32() as f64 / f64::from(u32::MAX);
            amplitude * (2.0 * unit - 1.0)
        };
        self.parameters.iter_mut().for_each(|p| *p += amount());
        let counts = self.targets.chunks(BLOCK).map(<[_]>::len);
        for (input, samples) in self.inputs.iter_mut().zip(counts) {
            for lanes in input.iter_mut() {
                lanes.0[..samples].iter_mut().for_each(|x| *x += amount());
            }
        }
    }

    /// What the blocks that depend on `place` add to the mean loss, with that number moved.
    pub(super) fn loss_after_moving(&mut self, place: Place, distance: f64) -> f64 {
        let before = *self.number(place);
        *self.number(place) = before + distance;
        let loss = match place {
            Place::Parameter(_) => self.blocks.runs().map(|run| self.forward(run)).sum(),
            Place::Input { sample, .. } => {
                let run = self.blocks.run_of(sample / BLOCK);
                self.forward(run)
            }
        };
        *self.number(place) = before;
        loss
    }

    /// The analytic gradients of the whole batch.
    pub(super) fn gradients(&mut self) -> Gradients {
        let mut parameters = Buffer::zeroed(N::SPEC.parameter_count);
        let mut inputs = Vec::new();
        for run in self.blocks.runs() {
            self.forward(run.clone());
            self.blocks.backward::<N, S>(
                self.simd,
                run.clone(),
                &self.parameters,
                &mut parameters,
                InputGradient::Compute,
                &mut (),
            );
            for block in run {
                let d_input = &self.blocks.arena(block)[N::SPEC.training.d_input.clone()];
                inputs.push(Buffer::copied(d_input));
            }
        }
        Gradients::new(parameters, inputs)
    }

    /// Runs some blocks forward through network and loss, whose gradient stays in the arenas.
    fn forward(&mut self, run: Range<usize>) -> f64 {
        let places = &N::SPEC.training;
        for block in run.clone() {
            let arena = self.blocks.arena(block);
            arena[places.input.clone()].copy_from_slice(&self.inputs[block]);
        }
        self.blocks
            .forward::<N, S>(self.simd, run.clone(), &self.parameters, &mut ());
        run.map(|block| self.loss(block)).sum()
    }

    /// What a block adds to the mean loss, after its last phase forward.
    fn loss(&mut self, block: usize) -> f64 {
        let places = &N::SPEC.training;
        let ranges = [places.output.clone(), places.d_output.clone()];
        let [output, d_output] = regions(self.blocks.arena(block), ranges);
        let targets = &self.targets[samples_of(block, self.targets.len())];
        let part = self
            .loss
            .block(self.simd, self.total_weight, output, targets, d_output);
        part.loss
    }

    fn number(&mut self, place: Place) -> &mut f64 {
        match place {
            Place::Parameter(index) => &mut self.parameters[index],
            Place::Input { sample, element } => {
                &mut self.inputs[sample / BLOCK][element].0[sample % BLOCK]
            }
        }
    }
}

/// The samples of a batch that are in one block.
fn samples_of(block: usize, batch: usize) -> Range<usize> {
    block * BLOCK..batch.min((block + 1) * BLOCK)
}
