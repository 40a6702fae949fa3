//! Finds the gradients by parameters that another thread may compute.
//!
//! *Needs* the placed calls of the backward pass. *Leaves* a number with each call that alone adds to some
//! gradients and writes nothing else, and the same call on a copy of what it reads, which is all that the other
//! thread needs.

use std::ops::Range;

use super::functions::Functions;
use super::plan::{Action, Binding, Call, Offer, Phase, Place};
use crate::kernel::{Access, Tensor};

/// Numbers the calls that are offered, in their order.
pub(super) fn offers(phases: &mut [Phase], functions: &Functions) -> Vec<Offer> {
    let (mut read_again, mut added_to) = (Vec::new(), Vec::new());
    for call in phases.iter().flat_map(|phase| &phase.calls) {
        for binding in &call.bindings {
            if binding.access != Access::Write {
                read_again.push((call.node, binding.tensor));
            }
            if let Place::Gradients(range) = &binding.place {
                added_to.push(range.clone());
            }
        }
    }
    let is_free = |call: &Call, binding: &Binding| match (&binding.place, binding.tensor) {
        (Place::Parameters(_), _) => true,
        (Place::Gradients(range), _) => added_to.iter().filter(|one| *one == range).count() == 1,
        (Place::Arena(_) | Place::Shared(_), _) if binding.access == Access::Read => true,
        // Scratch that nothing else reads can as well be another thread's.
        (Place::Arena(_) | Place::Shared(_), tensor @ Tensor::Scratch(_)) => {
            binding.access == Access::Write && !read_again.contains(&(call.node, tensor))
        }
        _ => false,
    };
    let mut offers = Vec::new();
    for call in phases.iter_mut().flat_map(|phase| &mut phase.calls) {
        let Action::Function(index) = call.action else {
            continue;
        };
        let is_for_parameters = functions.all[index].kernel.is_for_parameters();
        let may_go = is_for_parameters && !call.only_for_input;
        if may_go && call.bindings.iter().all(|one| is_free(call, one)) {
            call.offer = Some(offers.len());
            offers.push(on_a_copy(call));
        }
    }
    offers
}

/// The call with what it reads one behind another, and its scratch behind that.
fn on_a_copy(call: &Call) -> Offer {
    let mut moved: Vec<(Place, Range<usize>)> = Vec::new();
    let mut len = 0;
    let mut append = |range_of: fn(&Binding) -> Option<&Range<usize>>| {
        let mut ranges = Vec::new();
        for binding in &call.bindings {
            let Some(range) = range_of(binding) else {
                continue;
            };
            if moved.iter().all(|(from, _)| *from != binding.place) {
                moved.push((binding.place.clone(), len..len + range.len()));
                len += range.len();
                ranges.push(range.clone());
            }
        }
        ranges
    };
    let kept = append(|binding| match (&binding.place, binding.access) {
        (Place::Arena(range), Access::Read) => Some(range),
        _ => None,
    });
    let shared = append(|binding| match (&binding.place, binding.access) {
        (Place::Shared(range), Access::Read) => Some(range),
        _ => None,
    });
    append(|binding| match (&binding.place, binding.access) {
        (Place::Arena(range) | Place::Shared(range), Access::Write) => Some(range),
        _ => None,
    });
    let mut call = call.clone();
    for binding in &mut call.bindings {
        if let Some((_, to)) = moved.iter().find(|(from, _)| *from == binding.place) {
            binding.place = Place::Arena(to.clone());
        }
    }
    Offer {
        call,
        kept,
        shared,
        len,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use crate::passes::plan::Offer;
    use crate::passes::testing::{called, planned};

    /// The calls that are offered of a network.
    fn offered(declaration: &str) -> Vec<String> {
        let plan = planned(declaration);
        let calls = plan.training.offers.iter().map(|offer| offer.call.clone());
        called(&plan, &calls.collect::<Vec<_>>())
    }

    #[test]
    fn gradients_by_weights_are_offered_in_the_order_of_the_backward_pass() {
        assert_eq!(
            offered("A: 2x8x8 -> conv<3x3>(4) -> relu -> flatten -> dense(3) -> tanh -> dense(2)"),
            [
                "dense2_weight_gradient",
                "dense1_weight_gradient",
                "conv1_weight_gradient"
            ]
        );
    }

    #[test]
    fn a_convolution_whose_largest_results_are_kept_is_offered() {
        let declaration =
            "A: 4x12x12 -> conv<5x5>(8, padding = same) -> relu -> max_pool<2x2> -> conv<3x3>(2)";
        assert_eq!(
            offered(declaration),
            ["conv2_weight_gradient", "conv1_weight_gradient"]
        );
    }

    #[test]
    fn sums_for_other_gradients_and_frozen_layers_are_not_offered() {
        assert_eq!(
            offered("A: 3x4x4 -> conv<3x3>(2) -> batch_norm -> relu -> flatten -> dense(2)"),
            ["dense1_weight_gradient", "conv1_weight_gradient"]
        );
        assert!(offered("A: 4 -> #[frozen] dense(3) -> relu").is_empty());
    }

    #[test]
    fn a_copy_has_what_is_read_of_the_arena_and_of_shared_memory() {
        let plan = planned(
            "A: 1x6x6 -> conv<3x3>(4) -> batch_norm -> relu -> conv<3x3>(3) -> batch_norm -> flatten -> dense(2)",
        );
        let lengths = |offer: &Offer| {
            [&offer.kept, &offer.shared].map(|ranges| ranges.iter().map(Range::len).sum::<usize>())
        };
        let lengths: Vec<_> = plan.training.offers.iter().map(lengths).collect();
        // What is before `dense` and the second `conv` is computed once more, for one phase alone.
        assert_eq!(lengths, [[2, 12], [12, 64], [36 + 64, 0]]);
    }
}
