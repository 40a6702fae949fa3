//! The weights that inference reads in place of parameters: which there are, where, and what fills them.
//!
//! *Needs* [`Laid`]. *Leaves* [`Packed`]. One sample has the weights of every layer laid out for its form.
//! A block reads parameters as they are, but for those into which a scale and a shift are folded.

use std::collections::BTreeMap;
use std::ops::Range;

use super::functions::{Functions, Use};
use super::fuse::{Fused, Stage};
use super::layout::{Laid, Step};
use super::plan::Call;
use super::schedule::Schedule;
use super::vector::Vector;
use crate::kernel::{Site, Tensor};
use crate::layout::{Form, Mode, padded};

/// The packed weights of a mode.
pub(super) struct Packed {
    /// What fills them.
    pub(super) calls: Vec<Call>,
    pub(super) len: usize,
    /// Where each node's tensors stand.
    pub(super) places: BTreeMap<usize, Vec<Range<usize>>>,
}

/// Plans the packed weights of a mode of inference.
pub(super) fn pack(laid: &Laid, mode: Mode, vector: &Vector, functions: &mut Functions) -> Packed {
    let fused = &laid.fused;
    let mut packing = Packing {
        schedule: Schedule::new(laid, vector, mode),
        functions,
        len: 2 * padded(widest_folded(fused, mode)),
    };
    for step in laid.steps(mode) {
        let Step::Stage(index, form) = *step else {
            continue;
        };
        let stage = &fused.stages(mode)[index];
        if mode == Mode::Single || stage.folded.is_some() {
            packing.add(stage, form);
        }
    }
    let places = std::mem::take(&mut packing.schedule.packed);
    let len = packing.len;
    let placed = packing.schedule.finish();
    Packed {
        calls: placed.calls(0..placed.calls.len()),
        len,
        places,
    }
}

/// The most channels of a stage with something folded into it: the scales and shifts of one stage
/// after another stand in the same place, before the packed weights.
fn widest_folded(fused: &Fused, mode: Mode) -> usize {
    let stages = fused.stages(mode).iter();
    let folding = stages.filter(|stage| stage.folded.is_some());
    let channels = folding.map(|stage| fused.channels(stage));
    channels.max().unwrap_or(0)
}

/// The calls that were found, and the length of what they fill.
struct Packing<'a, 'f> {
    schedule: Schedule<'a>,
    functions: &'f mut Functions,
    len: usize,
}

impl Packing<'_, '_> {
    /// Appends the calls of a stage: the one for what is folded into it, then that of its weights.
    fn add(&mut self, stage: &Stage, form: Form) {
        let (fused, mode) = (self.schedule.fused, self.schedule.mode);
        if let Some(folded) = stage.folded {
            let folded = Stage::of(&fused.graph, folded);
            let affine = |site: &Site<'_>| {
                let affine = fused.layer(&folded).affine(site.inputs);
                vec![affine.expect("only a scale and a shift are folded")]
            };
            let functions = &mut *self.functions;
            for used in functions.of_stage(fused, &folded, (mode, form), "affine", affine) {
                self.schedule.call(&folded, form, &used);
            }
        }
        let pack = |site: &Site<'_>| {
            let packing = fused.layer(stage).packing(site).into_iter();
            packing.map(|packing| packing.kernel).collect()
        };
        let functions = &mut *self.functions;
        for used in functions.of_stage(fused, stage, (mode, form), "packing", pack) {
            let ranges = self.reserve(&used);
            self.schedule.packed.insert(stage.node, ranges);
            self.schedule.call(stage, form, &used);
        }
    }

    /// The places of the tensors that a function fills, one behind another.
    fn reserve(&mut self, used: &Use) -> Vec<Range<usize>> {
        let signature = &self.functions.all[used.function].signature;
        let filled = used
            .arguments
            .iter()
            .zip(signature)
            .filter_map(|(argument, parameter)| match argument.tensor {
                Tensor::Packed(k) => Some((k, parameter.sizes.iter().product::<usize>())),
                _ => None,
            });
        let lengths: BTreeMap<usize, usize> = filled.collect();
        let place = |len| {
            self.len += len;
            self.len - len..self.len
        };
        lengths.into_values().map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::plan::Call;
    use crate::passes::testing::{called, planned};

    #[test]
    fn inference_calls_nothing_for_a_norm_that_is_folded() {
        let plan = planned("A: 16 -> dense(8, bias = false) -> batch_norm -> relu -> dense(4)");
        let [block, single] = [&plan.inference, &plan.single];
        let calls = |calls: &[Call]| called(&plan, calls);
        assert_eq!(calls(&block.calls), ["dense1_forward2", "dense2_forward"]);
        assert_eq!(calls(&single.calls), ["dense1_single", "dense2_single"]);
        assert_eq!(calls(&block.pack), ["batch_norm1_pack", "dense1_pack"]);
        assert_eq!(
            calls(&single.pack),
            ["batch_norm1_pack", "dense1_pack2", "dense2_pack"]
        );
        // Scales and shifts, padded; then weights and biases, for one sample padded too.
        assert_eq!(block.packed, 2 * 16 + 16 * 8 + 8);
        assert_eq!(single.packed, 2 * 16 + (16 * 16 + 16) + (8 * 16 + 16));
    }

    #[test]
    fn training_calls_the_same_functions_with_and_without_folding() {
        let apart = "A: 16 -> dense(8) -> dropout(0.5) -> batch_norm -> relu";
        let (joined, apart) = (&apart.replace("-> dropout(0.5) ", ""), apart);
        let forward = |chain: &str| {
            let plan = planned(chain);
            let phases = plan.training.forward.iter();
            let calls = phases.flat_map(|phase| called(&plan, &phase.calls));
            calls
                .filter(|name| !name.starts_with("dropout"))
                .collect::<Vec<_>>()
        };
        assert_eq!(forward(joined), forward(apart));
    }

    #[test]
    fn a_block_packs_nothing_where_nothing_is_folded() {
        let plan = planned("A: 3x8x8 -> conv<3x3>(4) -> relu -> batch_norm -> flatten -> dense(2)");
        assert!(plan.inference.pack.is_empty());
        assert_eq!(plan.inference.packed, 0);
    }
}
