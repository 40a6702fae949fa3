//! What every thread does in a step: groups of blocks, round after round.

use core::marker::PhantomData;

use crate::arena::Arena;
use crate::lanes::BLOCK;
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network, Probe};
use crate::pass::Pass;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::train::batch::Batch;
use crate::train::block::{Memory, gather_block, lose_block, train_block_with};
use crate::train::groups::{Group, Groups, group_count};
use crate::train::helper::Helper;
use crate::train::phases::{Phases, Round};

/// An element of a network's training blocks.
pub(super) type ElementOf<N> = <N as Network>::Element<<N as Network>::Scalar>;

/// What all threads share in a step.
pub(super) struct Compute<N: Network, L> {
    pub(super) loss: L,
    pub(super) level: Level,
    pub(super) groups: Groups<N::Scalar>,
    /// Of a network with several phases.
    pub(super) phases: Option<Phases<ElementOf<N>>>,
    /// For batches of one block on several threads.
    pub(super) helper: Option<Helper<N>>,
    pub(super) network: PhantomData<fn() -> N>,
}

impl<N: Network, L: Loss<N::Output>> Compute<N, L> {
    /// Computes a round of groups until no free one is left; in the last round groups are merged.
    pub(super) fn work<'a>(
        &self,
        round: Round,
        values: &[N::Scalar],
        batch: &impl Batch<'a, L::Target>,
        arena: &mut [ElementOf<N>],
        probe: &mut dyn Probe<ElementOf<N>>,
    ) {
        let blocks = N::SPEC.training.blocks(batch.len());
        let count = group_count(batch.len(), N::SPEC);
        while let Some(claimed) = self.groups.claim(count) {
            // What the round before has computed last is still in the caches.
            let group = match round.number % 2 {
                0 => claimed,
                _ => count - 1 - claimed,
            };
            let mut slot = self.groups.slot(group);
            let Group { gradients, total } = &mut *slot;
            if round.backward(&N::SPEC.training) == Some(0) {
                gradients.fill(N::Scalar::ZERO);
                *total = BlockLoss::default();
            }
            for index in blocks * group / count..blocks * (group + 1) / count {
                let kernel = BlockKernel::<N, L, _> {
                    loss: &self.loss,
                    batch,
                    data: PhantomData,
                    index,
                    round,
                    phases: self.phases.as_ref(),
                    probe: &mut *probe,
                    total,
                    memory: Memory {
                        values,
                        gradients,
                        arena,
                    },
                };
                let samples = N::SPEC.training.samples_of(index, batch.len());
                run_block::<N, _>(self.level, samples.len(), kernel);
            }
            drop(slot);
            if round.number + 1 == Round::count(&N::SPEC.training) {
                self.groups.merge(self.level, group, count);
            }
        }
    }

    /// Main thread, between two rounds: merges what the blocks of a batch have left.
    pub(super) fn merge(&self, round: Round, batch: usize) {
        if let Some(phases) = &self.phases {
            phases.merge(round, &N::SPEC.training, batch);
        }
    }
}

/// Runs `kernel` on a block of so many samples.
pub(super) fn run_block<N: Network, K: Kernel>(
    level: Level,
    samples: usize,
    kernel: K,
) -> K::Output {
    if const { N::SPEC.training.samples == BLOCK } {
        level.run_few(samples, kernel)
    } else {
        level.run(kernel)
    }
}

/// A round on one block; `'a` is the life of the data.
struct BlockKernel<'b, 'a, N: Network, L, B> {
    loss: &'b L,
    batch: &'b B,
    data: PhantomData<&'a ()>,
    index: usize,
    round: Round,
    phases: Option<&'b Phases<ElementOf<N>>>,
    /// Of the backward pass.
    probe: &'b mut dyn Probe<ElementOf<N>>,
    total: &'b mut BlockLoss,
    /// Its arena is that of the thread: of several phases the shared part.
    memory: Memory<'b, ElementOf<N>>,
}

impl<'a, N, L, B> Kernel for BlockKernel<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    type Output = ();

    fn run<S: Simd>(mut self, simd: S) {
        // Known when the network is compiled, which leaves one of the branches.
        let phases = self.phases.filter(|_| !N::SPEC.training.has_one_phase());
        match phases {
            None => self.whole_block(simd),
            Some(phases) => self.phase_of_block(simd, phases),
        }
    }
}

impl<'a, N, L, B> BlockKernel<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    /// All of a block at once, in an arena that stays in cache.
    fn whole_block<S: Simd>(&mut self, simd: S) {
        let (places, batch, index) = (&N::SPEC.training, self.batch.len(), self.index);
        let pass = Pass::new(places, batch, index, self.round.draw);
        let samples = places.samples_of(index, batch);
        *self.total += self.batch.with_block(samples, |block| {
            let memory = Memory {
                values: self.memory.values,
                gradients: &mut *self.memory.gradients,
                arena: &mut *self.memory.arena,
            };
            train_block_with::<N, L, _, S>(simd, self.loss, block, &pass, memory, self.probe)
        });
    }

    /// One round of a block, in its own arena.
    fn phase_of_block<S: Simd>(&mut self, simd: S, phases: &Phases<ElementOf<N>>) {
        let (places, round, index) = (&N::SPEC.training, self.round, self.index);
        let (kept, merged) = (&mut *phases.arena(index), phases.merged());
        let batch = self.batch.len();
        let pass = Pass::new(places, batch, index, round.draw);
        let samples = places.samples_of(index, batch);
        let values = self.memory.values;
        if let Some(phase) = round.forward(places) {
            if phase == 0 {
                self.batch.with_block(samples.clone(), |block| {
                    gather_block::<N, _, S>(simd, block.samples, kept);
                });
            }
            let pass = pass.in_phase(phase, &merged);
            let shared = &mut *self.memory.arena;
            let arena = Arena { kept, shared };
            N::forward(simd, &pass, values, arena, &mut ());
        }
        if let Some(phase) = round.backward(places) {
            if phase == 0 {
                *self.total += self.batch.with_block(samples, |block| {
                    lose_block::<N, L, _, S>(simd, self.loss, block, kept)
                });
            }
            let pass = pass.in_phase(phase, &merged);
            let gradients = &mut *self.memory.gradients;
            let skip = InputGradient::Skip;
            let shared = &mut *self.memory.arena;
            let arena = Arena { kept, shared };
            N::backward(simd, &pass, values, gradients, arena, skip, self.probe);
        }
    }
}
