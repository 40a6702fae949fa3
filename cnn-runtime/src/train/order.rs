//! In which order an epoch sees the samples.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::vec::Vec;

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

    /// The order of `epoch`, counted from zero (R. Fisher, F. Yates; R. Durstenfeld, 1964).
    pub(super) fn shuffled(&mut self, epoch: usize) -> &[usize] {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(epoch as u64);
        for (index, place) in self.indices.iter_mut().enumerate() {
            *place = index;
        }
        for last in (1..self.indices.len()).rev() {
            // A random number scaled to 0..=last; for lengths below 2^32 no place is more likely
            // than another by more than 2^-32.
            let scaled = u128::from(generator.next_u64()) * (last as u128 + 1);
            self.indices.swap(last, (scaled >> 64) as usize);
        }
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
