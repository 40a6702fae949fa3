//! The blocks of a batch on one thread, phase by phase: for checks, which need no speed.
//!
//! The threads of a training have their own way through the phases, in `train::phases`.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::arena::Arena;
use crate::buffer::Buffer;
use crate::element::BlockElement;
use crate::network::{InputGradient, Network, Probe};
use crate::pass::{Draw, Pass};
use crate::simd::Simd;
use crate::spec::{Reduction, TrainingArena};

/// The memory of a batch's blocks, and the order in which they are computed.
///
/// A network of one phase computes one block after another in the same arena; one of several phases
/// computes all blocks together. [`runs`](Blocks::runs) says which blocks go together; for each run
/// the caller fills the inputs, calls [`forward`](Blocks::forward), lets the loss look at the outputs,
/// and calls [`backward`](Blocks::backward). `E` is the network's [element](Network::Element).
#[derive(Debug)]
pub struct Blocks<E: BlockElement> {
    places: &'static TrainingArena,
    batch: usize,
    draw: Draw,
    arenas: Vec<Vec<E>>,
    /// What they use one after another.
    shared: Vec<E>,
    merged: Buffer<E::Scalar>,
    total: Vec<f64>,
}

impl<E: BlockElement> Blocks<E> {
    /// Memory for batches of `batch` samples.
    #[must_use]
    pub fn new(places: &'static TrainingArena, batch: usize, draw: Draw) -> Self {
        let resident = match places.has_one_phase() {
            true => 1,
            false => places.blocks(batch),
        };
        Self {
            places,
            batch,
            draw,
            arenas: vec![vec![E::ZEROS; places.len]; resident],
            shared: vec![E::ZEROS; places.shared],
            merged: Buffer::zeroed(places.merged),
            total: vec![0.0; places.merged],
        }
    }

    /// The blocks that are computed together, run after run.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> + use<E> {
        let (blocks, together) = (self.places.blocks(self.batch), self.arenas.len());
        (0..blocks)
            .step_by(together)
            .map(move |first| first..first + together)
    }

    /// The run that a block belongs to.
    #[must_use]
    pub fn run_of(&self, block: usize) -> Range<usize> {
        let together = self.arenas.len();
        let first = block - block % together;
        first..first + together
    }

    /// The arena of a block, which holds its values as long as its run is computed.
    pub fn arena(&mut self, block: usize) -> &mut [E] {
        let together = self.arenas.len();
        &mut self.arenas[block % together]
    }

    /// The merged numbers of all reductions.
    #[must_use]
    pub fn merged(&self) -> &[E::Scalar] {
        &self.merged
    }

    /// The forward pass of a run whose inputs stand in the arenas, with all values of a network.
    pub fn forward<N: Network<Element<E::Scalar, SAMPLES> = E>, S: Simd, const SAMPLES: usize>(
        &mut self,
        simd: S,
        run: Range<usize>,
        values: &[E::Scalar],
        probe: &mut dyn Probe<E>,
    ) {
        let barriers = N::SPEC.training.forward;
        for phase in 0..=barriers.len() {
            for block in run.clone() {
                let pass = Pass::new(self.places, self.batch, block, self.draw);
                let pass = pass.in_phase(phase, &self.merged);
                let arena = Arena {
                    kept: &mut self.arenas[block - run.start],
                    shared: &mut self.shared,
                };
                N::forward::<E::Scalar, S, SAMPLES>(simd, &pass, values, arena, probe);
            }
            self.merge(barriers.get(phase).copied().unwrap_or_default());
        }
    }

    /// The backward pass of a run after `forward` and the loss; adds to `gradients`.
    pub fn backward<N: Network<Element<E::Scalar, SAMPLES> = E>, S: Simd, const SAMPLES: usize>(
        &mut self,
        simd: S,
        run: Range<usize>,
        values: &[E::Scalar],
        gradients: &mut [E::Scalar],
        input_gradient: InputGradient,
        probe: &mut dyn Probe<E>,
    ) {
        let barriers = N::SPEC.training.backward;
        for phase in 0..=barriers.len() {
            for block in run.clone() {
                let pass = Pass::new(self.places, self.batch, block, self.draw);
                let pass = pass.in_phase(phase, &self.merged);
                let arena = Arena {
                    kept: &mut self.arenas[block - run.start],
                    shared: &mut self.shared,
                };
                N::backward::<E::Scalar, S, SAMPLES>(
                    simd,
                    &pass,
                    values,
                    gradients,
                    arena,
                    input_gradient,
                    probe,
                );
            }
            self.merge(barriers.get(phase).copied().unwrap_or_default());
        }
    }

    /// Merges what all blocks have left.
    fn merge(&mut self, reductions: &[Reduction]) {
        for reduction in reductions {
            let total = &mut self.total[..reduction.merged.len()];
            total.fill(0.0);
            for (block, arena) in self.arenas.iter().enumerate() {
                let samples = self.places.samples_of(block, self.batch);
                reduction.add(arena, samples, total);
            }
            reduction.finish(self.batch, total, &mut self.merged);
        }
    }
}
