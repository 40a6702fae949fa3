//! Values that the backward pass computes anew, in place of keeping them.
//!
//! *Needs* a backward function and the stage that calls it. *Leaves* forward calls in front of it in the
//! [`Schedule`], for what it reads of values that their layers
//! [compute anew](crate::layers::Layer::is_computed_anew).

use super::functions::{Functions, Use};
use super::fuse::Stage;
use super::kernels::forward_kernels;
use super::layout::Step;
use super::plan::computed;
use super::schedule::Schedule;
use crate::kernel::{Site, Tensor};
use crate::layout::{Form, Mode};

/// Appends the calls that compute the inputs of a stage that a function `used` reads, if they were not kept.
///
/// The buffers are others than those of the forward pass, which so live no longer than there.
pub(super) fn anew(
    schedule: &mut Schedule<'_>,
    functions: &mut Functions,
    steps: &[Step],
    (reader, form): (&Stage, Form),
    used: &Use,
) {
    let fused = schedule.fused;
    for argument in &used.arguments {
        let Tensor::Input(k) = argument.tensor else {
            continue;
        };
        let value = schedule.stored(reader.inputs[k]);
        let maker = computed(fused, steps).find(|(stage, _)| stage.output == value);
        let Some((stage, made)) = maker.filter(|(_, made)| made.output == form.input) else {
            continue;
        };
        let site = (Mode::Training, made);
        let is_wanted = fused.is_learned(value)
            && fused.at_site(stage, site, |site| {
                fused.layer(stage).is_computed_anew(site)
            });
        if !is_wanted || !schedule.anew.insert((value, made.output)) {
            continue;
        }
        let kernels = |site: &Site<'_>| forward_kernels(fused, stage, site);
        let uses = functions.of_stage(fused, stage, site, "forward", kernels);
        // Those before it have left what is merged by now.
        let forward = uses
            .last()
            .expect("a stage that is computed has a function");
        schedule.call(stage, made, forward);
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::plan::Plan;
    use crate::passes::testing::{called, planned};

    fn backward(plan: &Plan) -> Vec<String> {
        let phases = plan.training.backward.iter();
        phases
            .flat_map(|phase| called(plan, &phase.calls))
            .collect()
    }

    /// With how many elements a block stands where others do, and how many it has of its own.
    fn lengths(plan: &Plan) -> [usize; 2] {
        [plan.training.passing[0], plan.training.len]
    }

    #[test]
    fn what_a_norm_gives_is_computed_anew_where_its_gradient_needs_no_more_than_is_kept() {
        let plan = planned("A: 4 -> dense(4) -> batch_norm -> relu -> dense(2)");
        let expected = [
            "dense2_weight_gradient",
            "dense2_input_gradient",
            "batch_norm1_weight_gradient",
            "batch_norm1_input_gradient",
            "dense1_weight_gradient",
            "dense1_input_gradient",
        ];
        assert_eq!(backward(&plan)[0], "batch_norm1_forward");
        assert_eq!(backward(&plan)[1..], expected);
        // `tanh` would be computed twice, and its gradient reads what it gave.
        let plan = planned("A: 4 -> dense(4) -> batch_norm -> tanh -> dense(2)");
        assert!(!backward(&plan).contains(&"batch_norm1_forward".to_owned()));
    }

    #[test]
    fn two_readers_share_what_is_computed_anew() {
        let declaration = "A: 4 -> dense(4) -> normal: batch_norm -> residual(dense(4) -> tanh -> dense(4)) -> dense(2)";
        let backward = backward(&planned(declaration));
        let anew = backward.iter().filter(|name| *name == "normal_forward");
        assert_eq!(anew.count(), 1, "{backward:?}");
    }

    #[test]
    fn nothing_is_computed_anew_for_a_gradient_that_training_leaves_out() {
        let plan = planned("A: 4 -> batch_norm(affine = false) -> gelu -> dense(2)");
        assert!(!backward(&plan).contains(&"batch_norm1_forward".to_owned()));
    }

    #[test]
    fn what_one_phase_needs_stands_where_others_do() {
        let [passing, _] = lengths(&planned(
            "A: 4 -> dense(4) -> batch_norm -> relu -> dense(2)",
        ));
        assert_eq!(passing, 4);
        let [passing, _] = lengths(&planned("A: 4 -> dense(4) -> relu -> dense(2)"));
        assert_eq!(passing, 0);
    }
}
