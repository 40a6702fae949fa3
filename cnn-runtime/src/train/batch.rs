//! Where the samples of a batch come from: slices, or a data set and indices.

use core::ops::Range;

use crate::data::Dataset;
use crate::lanes::BLOCK;
use crate::target::Target;
use crate::train::block::Block;

/// The samples of one batch, addressed by their place in it; `'a` is the life of the data.
pub(super) trait Batch<'a, K: Target>: Sync {
    /// How many samples there are, at least one.
    fn len(&self) -> usize;
    /// The sum of the weights of all its targets, computed once.
    fn total_weight(&self) -> f64;
    /// The elements of a sample.
    fn sample(&self, place: usize) -> &'a [f32];
    /// Its target.
    fn target(&self, place: usize) -> K::Ref<'a>;

    /// Calls `body` with some of the samples, at most sixteen.
    #[inline(always)]
    fn with_block<R>(
        &self,
        places: Range<usize>,
        body: impl FnOnce(Block<'_, K::Ref<'a>>) -> R,
    ) -> R {
        let count = places.len();
        let (samples, targets) = self.sixteen(places.start, places.end - 1);
        body(Block {
            samples: &samples[..count],
            targets: &targets[..count],
            total_weight: self.total_weight(),
        })
    }

    /// Samples and targets from `first` on. Arrays have no empty places: those behind `last` repeat it.
    ///
    /// Not a part of [`with_block`](Self::with_block), where it would be compiled anew for every body.
    fn sixteen(&self, first: usize, last: usize) -> ([&'a [f32]; BLOCK], [K::Ref<'a>; BLOCK]) {
        let samples = core::array::from_fn(|n| self.sample(last.min(first + n)));
        let targets = core::array::from_fn(|n| self.target(last.min(first + n)));
        (samples, targets)
    }
}

/// Samples and targets side by side.
pub(super) struct Slices<'b, 'a, R> {
    pub(super) samples: &'b [&'a [f32]],
    pub(super) targets: &'b [R],
    pub(super) total_weight: f64,
}

impl<'a, K: Target> Batch<'a, K> for Slices<'_, 'a, K::Ref<'a>> {
    fn len(&self) -> usize {
        self.samples.len()
    }
    fn total_weight(&self) -> f64 {
        self.total_weight
    }
    fn sample(&self, place: usize) -> &'a [f32] {
        self.samples[place]
    }
    fn target(&self, place: usize) -> K::Ref<'a> {
        self.targets[place]
    }
}

/// Samples of a data set.
pub(super) struct Picked<'b, 'a, D> {
    pub(super) data: &'a D,
    pub(super) indices: &'b [usize],
    pub(super) total_weight: f64,
}

impl<'a, K: Target, D: Dataset<Target = K>> Batch<'a, K> for Picked<'_, 'a, D> {
    fn len(&self) -> usize {
        self.indices.len()
    }
    fn total_weight(&self) -> f64 {
        self.total_weight
    }
    fn sample(&self, place: usize) -> &'a [f32] {
        self.data.sample(self.indices[place])
    }
    fn target(&self, place: usize) -> K::Ref<'a> {
        self.data.target(self.indices[place])
    }
}
