//! The calls of one mode when every buffer has its place.
//!
//! *Needs* the calls and places of a [`Schedule`](super::schedule::Schedule). *Leaves* the calls as they
//! are emitted, cut into phases.

use std::collections::BTreeMap;
use std::ops::Range;

use super::arena::Arena;
use super::plan::{Binding, Call, Phase, Place, PlannedReduction};
use super::schedule::{Barrier, Key, Reduced, Scheduled, Slot};

/// The calls of a mode and the places of its buffers.
pub(super) struct Placed {
    pub(super) arena: Arena,
    pub(super) places: BTreeMap<Key, Range<usize>>,
    pub(super) calls: Vec<Scheduled>,
    pub(super) reductions: Vec<Reduced>,
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
            place: self.places[&Key::Partial(*node, *position)].clone(),
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
                    Slot::Buffer(key) => Place::Arena(self.places[key].clone()),
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
