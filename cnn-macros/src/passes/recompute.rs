//! Recomputes values in the backward pass, in place of keeping them.
//!
//! *Needs* a backward function and the stage that calls it. *Leaves* forward calls in front of it in the
//! [`Schedule`], for what it reads of values whose layers say [`Layer::is_recomputed`].

use super::functions::{Functions, Use};
use super::fuse::Stage;
use super::kernels::forward_kernels;
use super::schedule::Schedule;
use crate::kernel::{Site, Tensor};
#[cfg(doc)]
use crate::layers::Layer;
use crate::layout::Mode;

/// Appends the calls that give the inputs of `reader` that a function reads and that were not kept, and before them
/// what they read themselves.
///
/// The buffers are others than those of the forward pass, which so live no longer than there.
pub(super) fn recompute(
    schedule: &mut Schedule<'_>,
    functions: &mut Functions,
    reader: &Stage,
    used: &Use,
) {
    let (laid, fused) = (schedule.laid, schedule.fused);
    for argument in &used.arguments {
        let Tensor::Input(k) = argument.tensor else {
            continue;
        };
        let value = schedule.stored(reader.inputs[k]);
        let maker = laid.computed().find(|(stage, _)| stage.output == value);
        let Some((maker, form)) = maker else { continue };
        let site = (Mode::Training, form);
        let is_wanted = fused.is_learned(value)
            && fused.at_site(maker, site, |site| fused.layer(maker).is_recomputed(site));
        if !is_wanted || schedule.recomputed.contains(&value) {
            continue;
        }
        let kernels = |site: &Site<'_>| forward_kernels(fused, maker, site);
        let uses = functions.of_stage(fused, maker, site, "forward", kernels);
        // Those before it have left what is merged by now.
        let forward = uses
            .last()
            .expect("a stage that is computed has a function");
        recompute(schedule, functions, maker, forward);
        schedule.recomputed.insert(value);
        schedule.call(maker, form, forward);
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::plan::Plan;
    use crate::passes::testing::{called, planned};

    /// The functions of the backward pass, phase by phase.
    fn backward(plan: &Plan) -> Vec<Vec<String>> {
        let phases = plan.training.backward.iter();
        phases.map(|phase| called(plan, &phase.calls)).collect()
    }

    fn recomputed(declaration: &str) -> usize {
        let phases = backward(&planned(declaration)).concat();
        phases
            .iter()
            .filter(|name| name.ends_with("_forward"))
            .count()
    }

    #[test]
    fn what_a_norm_gives_is_recomputed_for_the_weights_behind_it() {
        let plan = planned("A: 4 -> dense(4) -> batch_norm -> relu -> dense(2)");
        let phases = [
            vec![
                "batch_norm1_forward",
                "dense2_weight_gradient",
                "dense2_input_gradient",
                "batch_norm1_weight_gradient",
            ],
            vec![
                "batch_norm1_input_gradient",
                "dense1_weight_gradient",
                "dense1_input_gradient",
            ],
        ];
        assert_eq!(backward(&plan), phases);
        let behind_a_view = "A: 1x2x2 -> conv<1x1>(2) -> batch_norm -> flatten -> dense(2)";
        assert_eq!(recomputed(behind_a_view), 1);
    }

    #[test]
    fn what_the_gradient_of_an_activation_reads_is_kept() {
        assert_eq!(
            recomputed("A: 4 -> dense(4) -> batch_norm -> tanh -> dense(2)"),
            0
        );
    }

    #[test]
    fn two_readers_share_what_is_recomputed() {
        let both = "A: 4 -> dense(4) -> batch_norm -> add(dense(4), dense(4)) -> dense(2)";
        assert_eq!(recomputed(both), 1);
    }

    #[test]
    fn what_is_recomputed_reads_nothing_that_is_kept_for_it() {
        let plan = planned("A: 4 -> dense(4) -> batch_norm -> batch_norm -> dense(2)");
        let expected = [
            "batch_norm1_forward",
            "batch_norm1_forward",
            "dense2_weight_gradient",
        ];
        assert_eq!(backward(&plan)[0][..3], expected);
        let [first, second] = [0, 1].map(|call| &plan.training.backward[0].calls[call].bindings);
        let written = first.last().map(|binding| &binding.place);
        let read = second.first().map(|binding| &binding.place);
        assert_eq!(written, read);
    }

    #[test]
    fn nothing_is_recomputed_for_a_gradient_that_training_leaves_out() {
        assert_eq!(
            recomputed("A: 4 -> batch_norm(affine = false) -> gelu -> dense(2)"),
            0
        );
    }
}
