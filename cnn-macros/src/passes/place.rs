//! Gives every buffer of one mode its place.
//!
//! *Needs* the calls and lifetimes of a [`Schedule`]. *Leaves* [`Placed`]: the calls as they are emitted, cut
//! into phases. What a network of several phases needs in one of them alone stands in memory that its blocks use
//! one after another, the rest in the arena of the block.

use std::collections::BTreeMap;
use std::ops::Range;

use super::arena::{self, Arena, Length, Lifetime};
use super::plan::{Binding, Call, Phase, Place, PlannedReduction};
use super::schedule::{Barrier, Key, Reduced, Schedule, Scheduled, Slot};
use crate::layout::Mode;

/// How a range becomes a place.
type Placing = fn(Range<usize>) -> Place;

/// The calls of a mode and the places of its buffers.
pub(super) struct Placed {
    /// The arena; in training of several phases that of a block.
    pub(super) kept: Length,
    /// What blocks use one after another.
    pub(super) shared: Length,
    pub(super) places: BTreeMap<Key, Place>,
    pub(super) calls: Vec<Scheduled>,
    pub(super) reductions: Vec<Reduced>,
}

impl Schedule<'_> {
    /// Gives every buffer its place.
    pub(super) fn finish(mut self) -> Placed {
        let calls = std::mem::take(&mut self.calls);
        let keys = self.live.keys().copied();
        let (shared, kept): (Vec<Key>, Vec<Key>) = keys.partition(|key| self.is_shared(*key));
        let mut places = BTreeMap::new();
        let [kept, shared] =
            [(kept, Place::Arena as Placing), (shared, Place::Shared)].map(|(keys, place)| {
                let arena = self.arrange(&keys, &calls);
                places.extend(keys.into_iter().zip(arena.places.into_iter().map(place)));
                arena.length
            });
        Placed {
            kept,
            shared,
            places,
            calls,
            reductions: self.reductions,
        }
    }

    /// The places of some buffers in an arena.
    fn arrange(&self, keys: &[Key], calls: &[Scheduled]) -> Arena {
        let lifetime = |&key: &Key| Lifetime {
            len: self.len(key, calls),
            live: self.live[&key].clone(),
        };
        let lifetimes: Vec<Lifetime> = keys.iter().map(lifetime).collect();
        let arena = arena::place(&lifetimes);
        if let Err((a, b)) = arena.verify(&lifetimes) {
            panic!(
                "the arena gives {:?} and {:?} the same memory",
                keys[a], keys[b]
            );
        }
        arena
    }

    /// Whether a buffer of a network of several phases, which are those with reductions, is needed in one of them
    /// alone.
    fn is_shared(&self, key: Key) -> bool {
        let live = &self.live[&key];
        let has_phases = self.mode == Mode::Training && !self.reductions.is_empty();
        has_phases && !self.borders.iter().any(|time| live.contains(time))
    }
}

impl Placed {
    /// Calls `calls` cut at the barriers between them.
    pub(super) fn phases(&self, calls: Range<usize>, barriers: &[Barrier]) -> Vec<Phase> {
        let mut first = calls.start;
        let mut phases = Vec::new();
        for barrier in barriers {
            phases.push(Phase {
                calls: self.calls(first..barrier.before),
                reductions: barrier
                    .reductions
                    .iter()
                    .map(|&r| self.reduction(r))
                    .collect(),
            });
            first = barrier.before;
        }
        phases.push(Phase {
            calls: self.calls(first..calls.end),
            reductions: Vec::new(),
        });
        phases
    }

    /// Where in the arena a buffer stands, if it is there.
    pub(super) fn in_arena(&self, key: Key) -> Option<Range<usize>> {
        match self.places.get(&key) {
            Some(Place::Arena(range)) => Some(range.clone()),
            _ => None,
        }
    }

    fn reduction(&self, index: usize) -> PlannedReduction {
        let Reduced {
            node,
            position,
            reduction,
            merged,
        } = &self.reductions[index];
        PlannedReduction {
            node: *node,
            rule: reduction.rule,
            place: self
                .in_arena(Key::Partial(*node, *position))
                .expect("what is merged is kept"),
            merged: merged.clone(),
        }
    }

    pub(super) fn calls(&self, range: Range<usize>) -> Vec<Call> {
        self.calls[range]
            .iter()
            .map(|call| self.call(call))
            .collect()
    }

    pub(super) fn call(&self, call: &Scheduled) -> Call {
        let bindings = call
            .bindings
            .iter()
            .map(|(tensor, access, slot)| Binding {
                tensor: *tensor,
                access: *access,
                place: match slot {
                    Slot::Buffer(key) => self.places[key].clone(),
                    Slot::Parameters(range) => Place::Parameters(range.clone()),
                    Slot::Gradients(range) => Place::Gradients(range.clone()),
                    Slot::Packed(range) => Place::Packed(range.clone()),
                    Slot::Merged(index) => Place::Merged(self.reductions[*index].merged.clone()),
                    Slot::Pass => Place::Pass,
                    Slot::Sample => Place::Sample,
                    Slot::Result => Place::Result,
                },
            })
            .collect();
        Call {
            action: call.action,
            node: call.node,
            only_for_input: call.only_for_input,
            offer: None,
            bindings,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::testing::planned;

    #[test]
    fn what_one_phase_alone_needs_is_shared() {
        let shared = |declaration| planned(declaration).training.shared.len;
        assert_eq!(
            shared("A: 4 -> dense(4) -> batch_norm -> relu -> dense(2)"),
            4
        );
        assert_eq!(shared("A: 4 -> dense(4) -> relu -> dense(2)"), 0);
    }
}
