//! What every thread does in a step: groups of blocks, round after round.

use core::marker::PhantomData;
use core::ops::Range;

use crate::arena::Arena;
use crate::lanes::{BLOCK, FEW};
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network, Probe};
use crate::pass::Pass;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::spec::TrainingArena;
use crate::train::arenas::{ArenaOf, Arenas, ElementOf, is_of_few, may_be_of_few};
use crate::train::batch::Batch;
use crate::train::block::{gather_block, lose_block};
use crate::train::groups::{Group, Groups, groups_of};
use crate::train::offers::{Offering, Probing};
use crate::train::phases::{Phases, Round};

/// What all threads share in a step.
pub(super) struct Compute<N: Network, L> {
    pub(super) loss: L,
    pub(super) level: Level,
    /// How batches are cut into blocks.
    pub(super) places: TrainingArena,
    pub(super) groups: Groups<N::Scalar>,
    /// Of a network with several phases.
    pub(super) phases: Option<Phases<N>>,
    pub(super) network: PhantomData<fn() -> N>,
}

/// What a thread has for itself.
pub(super) struct Own<'a, N: Network> {
    /// In which it computes one block after another; of several phases what they need in one of them alone.
    pub(super) arenas: &'a mut Arenas<N>,
    /// To whom the backward pass hands calls over.
    pub(super) offers: Option<Offering<'a, N>>,
}

impl<N: Network, L: Loss<N::Output>> Compute<N, L> {
    /// Computes a round of groups until no free one is left; in the last round groups are merged.
    pub(super) fn work<'a>(
        &self,
        round: Round,
        values: &[N::Scalar],
        batch: &impl Batch<'a, L::Target>,
        own: Own<'_, N>,
    ) {
        let blocks = self.places.blocks(batch.len());
        let count = groups_of(batch.len(), blocks, N::SPEC);
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
                let block = BlockRound::<N, L, _> {
                    loss: &self.loss,
                    batch,
                    data: PhantomData,
                    index,
                    samples: self.places.samples_of(index, batch.len()),
                    pass: Pass::new(&self.places, batch.len(), index, round.draw),
                    round,
                    values,
                    gradients,
                    total,
                };
                self.compute(block, &mut *own.arenas, own.offers);
            }
            drop(slot);
            if round.number + 1 == Round::count(&N::SPEC.training) {
                self.groups.merge(self.level, group, count);
            }
        }
    }

    /// Computes a round of one block.
    fn compute<'a, B: Batch<'a, L::Target>>(
        &self,
        block: BlockRound<'_, 'a, N, L, B>,
        arenas: &mut Arenas<N>,
        offers: Option<Offering<'_, N>>,
    ) {
        let merged = self.phases.as_ref().map(Phases::merged);
        let merged = merged.as_deref().map_or(&[][..], |merged| merged);
        if const { may_be_of_few::<N>() } && is_of_few::<N>(self.level, block.samples.len()) {
            let mut kept = self.phases.as_ref().map(|all| all.few(block.index));
            self.level.run_few(BlockKernel::<_, _, _, FEW> {
                block,
                merged,
                kept: kept.as_deref_mut().map(|kept| &mut **kept),
                arena: &mut arenas.few,
                offers,
            });
        } else {
            let mut kept = self.phases.as_ref().map(|all| all.whole(block.index));
            self.level.run(BlockKernel::<_, _, _, BLOCK> {
                block,
                merged,
                kept: kept.as_deref_mut().map(|kept| &mut **kept),
                arena: &mut arenas.whole,
                offers,
            });
        }
    }

    /// Main thread, between two rounds: merges what the blocks of a batch have left.
    pub(super) fn merge(&self, round: Round, batch: usize) {
        if let Some(phases) = &self.phases {
            phases.merge(round, &self.places, batch);
        }
    }
}

/// A block in a round; `'a` is the life of the data.
struct BlockRound<'b, 'a, N: Network, L, B> {
    loss: &'b L,
    batch: &'b B,
    data: PhantomData<&'a ()>,
    index: usize,
    /// Which of the batch are its own.
    samples: Range<usize>,
    /// Its first phase.
    pass: Pass<'b, N::Scalar>,
    round: Round,
    values: &'b [N::Scalar],
    /// Of the block's group.
    gradients: &'b mut [N::Scalar],
    total: &'b mut BlockLoss,
}

/// A block and the memory that its samples lie in.
struct BlockKernel<'b, 'a, N: Network, L, B, const SAMPLES: usize> {
    block: BlockRound<'b, 'a, N, L, B>,
    /// What the rounds before have merged.
    merged: &'b [N::Scalar],
    /// What it keeps between rounds, of several phases.
    kept: Option<&'b mut [ElementOf<N, SAMPLES>]>,
    arena: &'b mut [ElementOf<N, SAMPLES>],
    offers: Option<Offering<'b, N>>,
}

impl<'a, N, L, B, const SAMPLES: usize> Kernel for BlockKernel<'_, 'a, N, L, B, SAMPLES>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
    Arenas<N>: ArenaOf<N, SAMPLES>,
{
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        // Known when the network is compiled, which leaves one of the branches.
        let kept = self.kept.filter(|_| !N::SPEC.training.has_one_phase());
        let Arena { kept, shared } = match kept {
            // All of the block at once, in an arena that stays in cache.
            None => Arena::of_one_phase(self.arena),
            Some(kept) => Arena {
                kept,
                shared: self.arena,
            },
        };
        let block = self.block;
        let (places, round, pass) = (&N::SPEC.training, block.round, block.pass);
        block.batch.with_block(block.samples, |of_data| {
            if let Some(phase) = round.forward(places) {
                if phase == 0 {
                    gather_block::<N, _, S, SAMPLES>(simd, of_data.samples, kept);
                }
                let pass = pass.in_phase(phase, self.merged);
                let arena = Arena {
                    kept: &mut *kept,
                    shared: &mut *shared,
                };
                N::forward::<_, S, SAMPLES>(simd, &pass, block.values, arena, &mut ());
            }
            if let Some(phase) = round.backward(places) {
                if phase == 0 {
                    *block.total +=
                        lose_block::<N, L, _, S, SAMPLES>(simd, block.loss, of_data, kept);
                }
                let (pass, skip) = (pass.in_phase(phase, self.merged), InputGradient::Skip);
                let (values, gradients) = (block.values, block.gradients);
                let (mut hands_over, mut nothing) = (self.offers.map(Probing), ());
                let probe: &mut dyn Probe<_> = match &mut hands_over {
                    Some(probe) => probe,
                    None => &mut nothing,
                };
                let arena = Arena { kept, shared };
                N::backward::<_, S, SAMPLES>(simd, &pass, values, gradients, arena, skip, probe);
            }
        });
    }
}
