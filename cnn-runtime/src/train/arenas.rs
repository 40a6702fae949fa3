//! What a thread computes blocks in: memory for those of sixteen samples, and for those of few.

use crate::buffer::Buffer;
use crate::lanes::{BLOCK, FEW};
use crate::network::Network;
use crate::simd::Level;
use crate::spec::TrainingArena;

/// An element of a network's training blocks.
pub(super) type ElementOf<N, const SAMPLES: usize = BLOCK> =
    <N as Network>::Element<<N as Network>::Scalar, SAMPLES>;

/// How a level cuts batches of up to `batch_size` samples into blocks: as the network says, or into those of [`FEW`].
pub(super) fn places<N: Network>(level: Level, batch_size: usize) -> TrainingArena {
    let places = N::SPEC.training.clone();
    match may_be_of_few::<N>() && batch_size <= level.most_in_few() {
        true => TrainingArena {
            samples: FEW,
            ..places
        },
        false => places,
    }
}

/// Whether blocks of a network may be of few samples. To be asked by `if const`, so that nothing is compiled for them
/// where they are of one.
pub(super) const fn may_be_of_few<N: Network>() -> bool {
    N::SPEC.training.samples == BLOCK
}

/// Whether a level computes a block of so many samples as one of [`FEW`].
pub(super) fn is_of_few<N: Network>(level: Level, samples: usize) -> bool {
    may_be_of_few::<N>() && level.has_few() && samples <= FEW
}

/// An arena for each kind of blocks that there may be.
pub(super) struct Arenas<N: Network> {
    pub(super) whole: Buffer<ElementOf<N>>,
    pub(super) few: Buffer<ElementOf<N, FEW>>,
}

impl<N: Network> Arenas<N> {
    /// Of so many elements, for batches that are cut as [`places`] says.
    pub(super) fn new(level: Level, places: &TrainingArena, len: usize) -> Self {
        let len_if = |is_needed| if is_needed { len } else { 0 };
        Self {
            whole: Buffer::zeroed(len_if(places.samples != FEW)),
            few: Buffer::zeroed(len_if(is_of_few::<N>(level, 1))),
        }
    }
}

/// The arena for blocks of so many samples.
pub(super) trait ArenaOf<N: Network, const SAMPLES: usize> {
    fn arena(&mut self) -> &mut [ElementOf<N, SAMPLES>];
}

impl<N: Network> ArenaOf<N, BLOCK> for Arenas<N> {
    fn arena(&mut self) -> &mut [ElementOf<N>] {
        &mut self.whole
    }
}

impl<N: Network> ArenaOf<N, FEW> for Arenas<N> {
    fn arena(&mut self) -> &mut [ElementOf<N, FEW>] {
        &mut self.few
    }
}
