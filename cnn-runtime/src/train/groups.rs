//! How a batch is cut into groups, and how their gradients become one.
//!
//! A group is a run of blocks with a gradient buffer of its own. The number of groups depends on batch, network and
//! level (on AVX-512 on the kind of processor too), and the batch size that a step is made for, and buffers merge in a
//! fixed binary tree, so that the sum of the gradients has the same bits whichever thread computed what, and when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::vec::Vec;

use crate::buffer::Buffer;
use crate::loss::BlockLoss;
use crate::simd::{Level, Scalar};
use crate::spec::Spec;
use crate::train::threads::lock;

/// No batch has more groups.
const MOST: usize = 8;

/// Multiply–accumulates that a group must have for each parameter, so that zeroing and merging
/// its buffer (about one cycle per parameter in cache) stay below a twentieth of the work (16
/// multiply–accumulates per cycle on the widest level).
const WORK_PER_PARAMETER: u64 = 400;

/// All buffers together have at most this many elements, if there are more than two: 16 MiB.
const ELEMENTS: usize = 4 << 20;

/// The number of groups of a batch that is cut into blocks of `spec.training.samples`: a power of two up to 8, not more
/// than there are blocks, and few for a network with many parameters and little work.
///
/// Where a [level](crate::simd::Level::most_in_few) cuts small batches into blocks of eight, there may be two in place
/// of the one that this says.
#[must_use]
pub fn group_count(batch: usize, spec: &Spec) -> usize {
    groups_of(batch, spec.training.blocks(batch), spec)
}

/// The same of a batch that is cut into so many blocks.
pub(super) fn groups_of(batch: usize, blocks: usize, spec: &Spec) -> usize {
    let parameters = spec.parameter_count.max(1);
    let worthwhile = (work_of(batch, spec) / (WORK_PER_PARAMETER * parameters as u64)) as usize;
    // Two are always worth it: they halve the time on two cores.
    let limit = worthwhile.min(ELEMENTS / parameters).clamp(2, MOST);
    let groups = blocks.clamp(1, limit);
    1 << groups.ilog2()
}

/// The multiply–accumulates of a step on a batch.
pub(super) fn work_of(batch: usize, spec: &Spec) -> u64 {
    (batch as u64).saturating_mul(spec.forward_macs() + spec.backward_macs())
}

/// A group's results.
pub(super) struct Group<T> {
    pub(super) gradients: Buffer<T>,
    pub(super) total: BlockLoss,
}

/// The groups of one step, shared by all threads.
pub(super) struct Groups<T> {
    slots: Vec<Mutex<Group<T>>>,
    /// The next group that no thread has taken.
    next: AtomicUsize,
    /// For each inner node of the tree, numbered as in a heap from 1: how many halves are done.
    arrived: Vec<AtomicUsize>,
}

impl<T: Scalar> Groups<T> {
    /// `count` groups (a power of two) with `parameters` gradients each.
    pub(super) fn new(count: usize, parameters: usize) -> Self {
        let group = || Group {
            gradients: Buffer::zeroed(parameters),
            total: BlockLoss::default(),
        };
        Self {
            slots: (0..count).map(|_| Mutex::new(group())).collect(),
            next: AtomicUsize::new(0),
            arrived: (0..count).map(|_| AtomicUsize::new(0)).collect(),
        }
    }

    /// How many groups there is memory for, and so how many threads can be busy.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Makes all groups free again. No thread may be at work.
    pub(super) fn begin(&self) {
        self.next.store(0, Ordering::Release);
        for arrived in &self.arrived {
            arrived.store(0, Ordering::Release);
        }
    }

    /// A group of `count` that no other thread has.
    pub(super) fn claim(&self, count: usize) -> Option<usize> {
        let group = self.next.fetch_add(1, Ordering::AcqRel);
        (group < count).then_some(group)
    }

    /// The buffer of a group. The sum of all is in the first one in the end.
    pub(super) fn slot(&self, group: usize) -> MutexGuard<'_, Group<T>> {
        lock(&self.slots[group])
    }

    /// Reports `group` of `count` as done, and merges every pair of subtrees that it completes.
    ///
    /// Of two threads that finish the halves of a subtree, the second one merges it.
    pub(super) fn merge(&self, level: Level, group: usize, count: usize) {
        let mut width = 1;
        while width < count {
            let node = (count + group) / (2 * width);
            if self.arrived[node].fetch_add(1, Ordering::AcqRel) == 0 {
                return;
            }
            let left = group - group % (2 * width);
            let mut sum = self.slot(left);
            let addend = self.slot(left + width);
            sum.total += addend.total;
            T::add_all(level, &mut sum.gradients, &addend.gradients);
            width *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(parameter_count: usize, macs: u64) -> Spec {
        let layer = crate::LayerSpec {
            name: "layer",
            layer: "layer",
            input: &[],
            output: &[],
            is_frozen: false,
            forward_macs: macs,
            backward_macs: 0,
            parameters: 0..0,
        };
        Spec {
            parameter_count,
            layers: std::vec![layer].leak(),
            ..crate::toy::SPEC.clone()
        }
    }

    #[test]
    fn group_counts_are_powers_of_two_limited_by_blocks_work_and_memory() {
        let lenet = spec(44_000, 760_000);
        let cases = [
            (1, 1),
            (16, 1),
            (17, 2),
            (33, 2),
            (64, 2),
            (128, 4),
            (512, 8),
        ];
        for (batch, count) in cases {
            assert_eq!(group_count(batch, &lenet), count, "batch {batch}");
        }
        assert_eq!(group_count(128, &spec(300, 10_000_000)), 8);
        assert_eq!(group_count(128, &spec(10_000_000, 10_000_000_000)), 2);
    }

    #[test]
    fn any_order_of_finishing_gives_the_same_bits() {
        let merged = |order: [usize; 4]| {
            let groups = Groups::<f32>::new(4, 3);
            groups.begin();
            for group in order {
                let mut slot = groups.slot(group);
                slot.gradients.fill([0.1, 1e7, -3.3e6, 0.7][group]);
                slot.total.correct = group;
                drop(slot);
                groups.merge(Level::detect(), group, 4);
            }
            let first = groups.slot(0);
            assert_eq!(first.total.correct, 6);
            first.gradients[2].to_bits()
        };
        let expected = ((0.1f32 + 1e7) + (-3.3e6 + 0.7)).to_bits();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 2, 0, 3]] {
            assert_eq!(merged(order), expected, "{order:?}");
        }
    }
}
