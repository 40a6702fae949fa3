//! In which order an epoch sees the samples.

use std::vec::Vec;

use crate::data::shuffle::shuffle;

/// A permutation of `0..len`, another one for each epoch.
///
/// An epoch's order depends on seed, length and epoch alone, not on the epochs before it, so that
/// a training can go on in the middle.
pub(super) struct Order {
    seed: u64,
    indices: Vec<usize>,
}

impl Order {
    pub(super) fn new(len: usize, seed: u64) -> Self {
        Self {
            seed,
            indices: (0..len).collect(),
        }
    }

    /// How many samples there are.
    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    /// The order of `epoch`, counted from zero.
    pub(super) fn shuffled(&mut self, epoch: usize) -> &[usize] {
        for (index, place) in self.indices.iter_mut().enumerate() {
            *place = index;
        }
        shuffle(&mut self.indices, self.seed, epoch as u64);
        &self.indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_sees_every_sample_once_in_an_order_of_its_own() {
        let mut order = Order::new(100, 7);
        let first = order.shuffled(0).to_vec();
        let second = order.shuffled(1).to_vec();
        assert_ne!(first, second);
        assert_eq!(order.shuffled(0), first, "the same epoch again");
        assert_ne!(Order::new(100, 8).shuffled(0), first);
        for mut indices in [first, second] {
            indices.sort_unstable();
            assert!(indices.into_iter().eq(0..100));
        }
    }
}
