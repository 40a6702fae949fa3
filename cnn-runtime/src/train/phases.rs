//! A step of several phases: what its blocks keep between them, and what is merged of all blocks.
//!
//! Each phase is a round of all threads; the main thread merges between the rounds. A network of one
//! phase has none of this.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::vec;
use std::vec::Vec;

use crate::buffer::Buffer;
use crate::lanes::FEW;
use crate::network::Network;
use crate::pass::Draw;
use crate::simd::Level;
use crate::spec::{Reduction, Spec, TrainingArena};
use crate::train::arenas::{ElementOf, is_of_few};
use crate::train::threads::lock;

/// Which part of a step is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Round {
    /// Its number in the step. The last phase of the forward pass, the loss and the first phase of
    /// the backward pass are one round.
    pub(super) number: usize,
    pub(super) draw: Draw,
}

impl Round {
    /// How many rounds a step has.
    pub(super) const fn count(places: &TrainingArena) -> usize {
        places.forward.len() + 1 + places.backward.len()
    }

    /// The phase of the forward pass that the round computes.
    pub(super) fn forward(self, places: &TrainingArena) -> Option<usize> {
        (self.number <= places.forward.len()).then_some(self.number)
    }

    /// The phase of the backward pass that the round computes.
    pub(super) fn backward(self, places: &TrainingArena) -> Option<usize> {
        self.number.checked_sub(places.forward.len())
    }

    /// What the round leaves to be merged.
    fn reductions(self, places: &TrainingArena) -> &'static [Reduction] {
        let forward = places.forward.get(self.number);
        let backward = self.backward(places).and_then(|n| places.backward.get(n));
        forward.or(backward).copied().unwrap_or_default()
    }
}

/// So many arenas of so many elements.
fn memory<E: Copy + Default>(arenas: usize, len: usize) -> Vec<Mutex<Buffer<E>>> {
    let arenas = (0..arenas).map(|_| Mutex::new(Buffer::zeroed(len)));
    arenas.collect()
}

/// The memory of all blocks of a batch.
pub(super) struct Phases<N: Network> {
    level: Level,
    whole: Vec<Mutex<Buffer<ElementOf<N>>>>,
    /// Of all blocks, or of the last one, which may have few samples.
    few: Vec<Mutex<Buffer<ElementOf<N, FEW>>>>,
    merged: RwLock<Buffer<N::Scalar>>,
    /// What merging adds up in.
    total: Mutex<Vec<f64>>,
}

impl<N: Network> Phases<N> {
    /// Memory for batches of up to `batch_size` samples.
    pub(super) fn new(level: Level, places: &TrainingArena, batch_size: usize) -> Self {
        let blocks = places.blocks(batch_size);
        // Of blocks of sixteen only the last one can have few samples.
        let [whole, few] = match places.samples {
            FEW => [0, blocks],
            _ => [blocks, usize::from(is_of_few::<N>(level, 1))],
        };
        Self {
            level,
            whole: memory(whole, places.len),
            few: memory(few, places.len),
            merged: RwLock::new(Buffer::zeroed(places.merged)),
            total: Mutex::new(vec![0.0; places.merged]),
        }
    }

    /// The arena of a block of sixteen samples, which one thread has at a time.
    pub(super) fn whole(&self, block: usize) -> MutexGuard<'_, Buffer<ElementOf<N>>> {
        lock(&self.whole[block])
    }

    /// The arena of a block of few samples.
    pub(super) fn few(&self, block: usize) -> MutexGuard<'_, Buffer<ElementOf<N, FEW>>> {
        lock(&self.few[block.min(self.few.len() - 1)])
    }

    /// What the rounds before have merged.
    pub(super) fn merged(&self) -> RwLockReadGuard<'_, Buffer<N::Scalar>> {
        self.merged.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Main thread, no other at work: merges what the blocks of a batch have left in a round.
    pub(super) fn merge(&self, round: Round, places: &TrainingArena, batch: usize) {
        let mut merged = self.merged.write().unwrap_or_else(PoisonError::into_inner);
        let mut total = lock(&self.total);
        for reduction in round.reductions(places) {
            let total = &mut total[..reduction.merged.len()];
            total.fill(0.0);
            for block in 0..places.blocks(batch) {
                let samples = places.samples_of(block, batch);
                match is_of_few::<N>(self.level, samples.len()) {
                    true => reduction.add(&self.few(block), samples, total),
                    false => reduction.add(&self.whole(block), samples, total),
                }
            }
            reduction.finish(batch, total, &mut merged);
        }
    }

    /// Main thread, after a step: moves the running statistics towards those of the batch.
    pub(super) fn follow(&self, spec: &Spec, batch: usize, values: &mut [N::Scalar]) {
        spec.follow_statistics(batch, &self.merged(), values);
    }
}
