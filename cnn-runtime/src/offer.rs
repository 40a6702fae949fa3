//! What a backward pass may leave to another thread.

use core::ops::Range;

/// A gradient by parameters that another thread may compute, from a copy of what it reads.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it reads of [`Arena::kept`](crate::Arena::kept).
    pub kept: &'static [Range<usize>],
    /// What it reads of [`Arena::shared`](crate::Arena::shared).
    pub shared: &'static [Range<usize>],
    /// The length of the arena that it is computed in: what it reads, one behind another, and scratch behind that.
    pub len: usize,
    /// The gradients that it adds to, and nothing else does.
    pub gradients: &'static [Range<usize>],
    /// The multiply–accumulates for one sample.
    pub macs: u64,
}

impl Offer {
    /// How many elements it reads.
    #[must_use]
    pub fn copied(&self) -> usize {
        let ranges = self.kept.iter().chain(self.shared);
        ranges.map(ExactSizeIterator::len).sum()
    }

    /// Copies what it reads of both parts of an arena to one of its own.
    ///
    /// # Panics
    /// If the arena is shorter than `len`.
    pub fn copy<E: Copy>(&self, kept: &[E], shared: &[E], arena: &mut [E]) {
        let mut rest = arena;
        for (ranges, from) in [(self.kept, kept), (self.shared, shared)] {
            for range in ranges {
                let (to, behind) = rest.split_at_mut(range.len());
                to.copy_from_slice(&from[range.clone()]);
                rest = behind;
            }
        }
    }
}
