//! Checks a plan: nothing that is read was not written, and nothing is written over.
//!
//! *Needs* a [`Plan`]. *Leaves* it as it is, or panics, which is a fault of the compiler.

use std::collections::{BTreeSet, HashMap};

use super::plan::{Call, Phase, Place, Plan};
use crate::kernel::{Access, Tensor};

impl Plan {
    /// Checks that no call reads what it writes, or writes two tensors to one place.
    ///
    /// That live buffers are apart was checked when the arena was made. What a phase reads of shared memory it
    /// must have written.
    pub(crate) fn verify(&self) {
        let phases = self.training.forward.iter().chain(&self.training.backward);
        phases.clone().for_each(Phase::verify);
        verify_own(phases.clone().flat_map(|phase| &phase.calls));
        let training = phases.map(|phase| &phase.calls);
        let inference = [&self.inference, &self.single];
        let inference = inference
            .into_iter()
            .flat_map(|program| [&program.pack, &program.calls]);
        for call in training.chain(inference).flatten() {
            let outside = |place| {
                call.bindings
                    .iter()
                    .filter(move |binding| binding.place == place)
            };
            assert!(
                outside(Place::Sample).all(|binding| binding.access == Access::Read),
                "node {} writes the sample",
                call.node
            );
            assert!(
                outside(Place::Result).count() <= 1,
                "node {} uses the result twice in one call",
                call.node
            );
            let places = arena_places(call);
            for (n, (access, a)) in places.iter().enumerate() {
                let clash = places[..n].iter().find(|(other, b)| {
                    let both_read = *access == Access::Read && *other == Access::Read;
                    overlap(a, b) && !(both_read && a == b)
                });
                assert!(
                    clash.is_none(),
                    "node {} uses {a:?} twice in one call",
                    call.node
                );
            }
        }
    }
}

/// Checks that what a node's functions read of its own buffers another of them has written, which runs whenever
/// they do.
fn verify_own<'a>(calls: impl Iterator<Item = &'a Call>) {
    let is_own = |tensor: &Tensor| matches!(tensor, Tensor::Scratch(_) | Tensor::Chosen);
    let mut written = HashMap::new();
    for call in calls {
        for binding in call
            .bindings
            .iter()
            .filter(|binding| is_own(&binding.tensor))
        {
            let (node, tensor) = (call.node, binding.tensor);
            if binding.access == Access::Write {
                written.insert((node, tensor), call.only_for_input);
                continue;
            }
            let writer = written.get(&(node, tensor));
            assert!(
                writer.is_some_and(|&only_for_input| call.only_for_input || !only_for_input),
                "node {node} reads {tensor:?}, which was not written"
            );
        }
    }
}

impl Phase {
    /// Checks that what is read of the shared memory was written in the phase.
    fn verify(&self) {
        let mut written = BTreeSet::new();
        for call in &self.calls {
            for binding in &call.bindings {
                let Place::Shared(range) = &binding.place else {
                    continue;
                };
                let ends = [range.start, range.end];
                if binding.access == Access::Write {
                    written.insert(ends);
                }
                let node = call.node;
                assert!(
                    written.contains(&ends),
                    "node {node} reads {range:?} of another phase"
                );
            }
        }
    }
}

/// The regions of arenas that a call uses, and how.
fn arena_places(call: &Call) -> Vec<(Access, &Place)> {
    let is_in_arena = |place: &Place| matches!(place, Place::Arena(_) | Place::Shared(_));
    let uses = call.bindings.iter();
    let uses = uses.map(|binding| (binding.access, &binding.place));
    uses.filter(|(_, place)| is_in_arena(place)).collect()
}

/// Whether two regions are in the same arena and overlap.
fn overlap(a: &Place, b: &Place) -> bool {
    match (a, b) {
        (Place::Arena(a), Place::Arena(b)) | (Place::Shared(a), Place::Shared(b)) => {
            a.start < b.end && b.start < a.end
        }
        _ => false,
    }
}
