//! What every thread does in a step: groups of blocks, round after round.

use core::marker::PhantomData;

use crate::arena::Arena;
use crate::lanes::BLOCK;
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network, Probe};
use crate::pass::Pass;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::train::batch::Batch;
use crate::train::block::{gather_block, lose_block};
use crate::train::groups::{Group, Groups, group_count};
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
    pub(super) network: PhantomData<fn() -> N>,
}

/// What a thread has for itself.
pub(super) struct Own<'a, E> {
    /// In which it computes one block after another; of several phases what they need in one of them alone.
    pub(super) arena: &'a mut [E],
    /// Of the backward pass.
    pub(super) probe: &'a mut dyn Probe<E>,
}

impl<N: Network, L: Loss<N::Output>> Compute<N, L> {
    /// Computes a round of groups until no free one is left; in the last round groups are merged.
    pub(super) fn work<'a>(
        &self,
        round: Round,
        values: &[N::Scalar],
        batch: &impl Batch<'a, L::Target>,
        own: Own<'_, ElementOf<N>>,
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
                let samples = N::SPEC.training.samples_of(index, batch.len());
                let kernel = BlockKernel::<N, L, _> {
                    loss: &self.loss,
                    batch,
                    data: PhantomData,
                    index,
                    round,
                    phases: self.phases.as_ref(),
                    values,
                    gradients,
                    total,
                    own: Own {
                        arena: &mut *own.arena,
                        probe: &mut *own.probe,
                    },
                };
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
    values: &'b [N::Scalar],
    /// Of the block's group.
    gradients: &'b mut [N::Scalar],
    total: &'b mut BlockLoss,
    own: Own<'b, ElementOf<N>>,
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
        let memory = core::mem::take(&mut self.own.arena);
        match phases {
            // All of the block at once, in an arena that stays in cache.
            None => self.compute(simd, Arena::of_one_phase(memory), &[]),
            Some(phases) => {
                let (kept, merged) = (&mut *phases.arena(self.index), phases.merged());
                let shared = memory;
                self.compute(simd, Arena { kept, shared }, &merged);
            }
        }
    }
}

impl<'a, N, L, B> BlockKernel<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    /// Computes the round, with what the rounds before have merged.
    fn compute<S: Simd>(self, simd: S, arena: Arena<'_, ElementOf<N>>, merged: &[N::Scalar]) {
        let (places, round) = (&N::SPEC.training, self.round);
        let Arena { kept, shared } = arena;
        let pass = Pass::new(places, self.batch.len(), self.index, round.draw);
        let samples = places.samples_of(self.index, self.batch.len());
        self.batch.with_block(samples, |block| {
            if let Some(phase) = round.forward(places) {
                if phase == 0 {
                    gather_block::<N, _, S>(simd, block.samples, kept);
                }
                let pass = pass.in_phase(phase, merged);
                let (kept, shared) = (&mut *kept, &mut *shared);
                N::forward(simd, &pass, self.values, Arena { kept, shared }, &mut ());
            }
            if let Some(phase) = round.backward(places) {
                if phase == 0 {
                    *self.total += lose_block::<N, L, _, S>(simd, self.loss, block, kept);
                }
                let (pass, skip) = (pass.in_phase(phase, merged), InputGradient::Skip);
                let (arena, probe) = (Arena { kept, shared }, self.own.probe);
                N::backward(simd, &pass, self.values, self.gradients, arena, skip, probe);
            }
        });
    }
}
