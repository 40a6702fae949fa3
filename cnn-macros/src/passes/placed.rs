//! Gives every buffer of one mode its place.
//!
//! *Needs* the calls and lifetimes of a [`Schedule`]. *Leaves* [`Placed`]: the calls as they are emitted, cut
//! into phases. What a network of several phases needs in one of them alone stands in memory that its blocks use
//! one after another, the rest in the arena of the block.

use std::collections::BTreeMap;
use std::ops::Range;

use super::arena::{self, Lifetime};
use super::plan::{Binding, Call, Phase, Place, PlannedReduction};
use super::schedule::{Barrier, Key, Reduced, Schedule, Scheduled, Slot};
use crate::layout::Mode;

/// The calls of a mode and the places of its buffers.
pub(super) struct Placed {
    /// The length of the arena, and that which no arrangement can do without.
    pub(super) kept: [usize; 2],
    /// The same of what is needed in one phase alone.
    pub(super) passing: [usize; 2],
    pub(super) places: BTreeMap<Key, Place>,
    pub(super) calls: Vec<Scheduled>,
    pub(super) reductions: Vec<Reduced>,
}

impl Schedule<'_> {
    /// Gives every buffer its place.
    pub(super) fn finish(mut self) -> Placed {
        let calls = std::mem::take(&mut self.calls);
        let keys = self.live.keys().copied();
        let (passing, kept): (Vec<Key>, Vec<Key>) = keys.partition(|key| self.is_passing(*key));
        let mut places = BTreeMap::new();
        let mut arena = |keys: Vec<Key>, place: fn(Range<usize>) -> Place| {
            let lifetimes: Vec<Lifetime> = keys
                .iter()
                .map(|&key| Lifetime {
                    len: self.len(key, &calls),
                    live: self.live[&key].clone(),
                })
                .collect();
            let arena = arena::place(&lifetimes);
            if let Err((a, b)) = arena.verify(&lifetimes) {
                panic!(
                    "the arena gives {:?} and {:?} the same memory",
                    keys[a], keys[b]
                );
            }
            places.extend(
                keys.into_iter()
                    .zip(arena.places.iter().cloned().map(place)),
            );
            [arena.len, arena.least]
        };
        Placed {
            kept: arena(kept, Place::Arena),
            passing: arena(passing, Place::Passing),
            places,
            calls,
            reductions: self.reductions,
        }
    }

    /// Whether a buffer of a network of several phases is needed in one of them alone.
    fn is_passing(&self, key: Key) -> bool {
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
            bindings,
        }
    }
}
