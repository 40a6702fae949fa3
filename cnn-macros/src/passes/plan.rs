//! Orders the work and gives every tensor its place.
//!
//! *Needs* [`Laid`]. *Leaves* a [`Plan`]: the functions of the network, the calls of each mode in
//! order, and where in arenas and vectors their tensors stand. [`Plan::verify`] checks that no two
//! live buffers overlap.

use std::collections::BTreeSet;
use std::ops::Range;

use super::arena::Length;
use super::functions::{Functions, Use};
use super::fuse::{Fused, Stage};
use super::kernels::{backward_kernels, forward_kernels};
use super::layout::{Laid, Step};
use super::offers::offers;
use super::packing::pack;
use super::recompute::recompute;
use super::schedule::{Key, Schedule, Scheduled, Slot};
use super::vector::Vector;
use crate::graph::ValueId;
use crate::kernel::{Access, Argument, Site, Tensor};
use crate::layers::Rule;
use crate::layout::{Form, Mode};

/// Everything that is emitted, in order and with places.
pub(crate) struct Plan {
    pub(crate) fused: Fused,
    pub(crate) functions: Functions,
    pub(crate) vector: Vector,
    pub(crate) training: Training,
    pub(crate) inference: Program,
    pub(crate) single: Program,
    /// From how many samples on inference computes a block.
    pub(crate) least_block: usize,
}

/// A training step on one block.
pub(crate) struct Training {
    /// How many samples a block has.
    pub(crate) samples: usize,
    /// At least one each.
    pub(crate) forward: Vec<Phase>,
    pub(crate) backward: Vec<Phase>,
    /// The calls of the backward pass that another thread may make.
    pub(crate) offers: Vec<Offer>,
    /// How many merged numbers there are.
    pub(crate) merged: usize,
    /// The arena of a block.
    pub(crate) kept: Length,
    /// What blocks use one after another, of several phases: what is needed in one of them alone.
    pub(crate) shared: Length,
    pub(crate) input: Range<usize>,
    pub(crate) output: Range<usize>,
    pub(crate) d_output: Range<usize>,
    pub(crate) d_input: Range<usize>,
}

/// What a block computes without knowing more of the others, and what is merged behind it.
pub(crate) struct Phase {
    pub(crate) calls: Vec<Call>,
    /// Of the last phase none.
    pub(crate) reductions: Vec<PlannedReduction>,
}

/// A reduction with the places of the block's part and of the merged numbers.
pub(crate) struct PlannedReduction {
    pub(crate) node: usize,
    pub(crate) rule: Rule,
    pub(crate) place: Range<usize>,
    pub(crate) merged: Range<usize>,
}

/// Inference in one mode.
pub(crate) struct Program {
    /// What fills the packed weights, once.
    pub(crate) pack: Vec<Call>,
    /// Their length.
    pub(crate) packed: usize,
    pub(crate) calls: Vec<Call>,
    pub(crate) arena: Length,
    /// None where the caller's memory is read.
    pub(crate) input: Option<Range<usize>>,
    /// None where the caller's memory is written.
    pub(crate) output: Option<Range<usize>>,
}

/// A gradient by parameters that another thread may compute, from a copy of what it reads.
pub(crate) struct Offer {
    /// The call on the copy.
    pub(crate) call: Call,
    /// What is copied, one behind another: this of the arena, and behind it
    pub(crate) kept: Vec<Range<usize>>,
    /// this of the shared memory.
    pub(crate) shared: Vec<Range<usize>>,
    /// The length of the copy, with the call's scratch behind it.
    pub(crate) len: usize,
}

/// One call of a function, with its tensors in place.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) action: Action,
    /// The node whose result stands afterwards, for a probe.
    pub(crate) node: usize,
    /// Whether only a backward pass that was asked for the input's gradient makes it.
    pub(crate) only_for_input: bool,
    /// Its number among those that another thread may make.
    pub(crate) offer: Option<usize>,
    pub(crate) bindings: Vec<Binding>,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Calls a generated function, by its index.
    Function(usize),
    /// Adds a second gradient of a value that is used more than once: first binding += second.
    Add,
}

/// A tensor and its place.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) tensor: Tensor,
    pub(crate) access: Access,
    pub(crate) place: Place,
}

/// Where a tensor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Arena(Range<usize>),
    Parameters(Range<usize>),
    Gradients(Range<usize>),
    Packed(Range<usize>),
    /// Among the merged numbers.
    Merged(Range<usize>),
    /// In the memory that a thread uses for one block after another.
    Shared(Range<usize>),
    /// Handed on as it is.
    Pass,
    /// Where the caller has the sample.
    Sample,
    /// Where the caller wants the result.
    Result,
}

/// Plans every mode of a network.
pub(crate) fn plan(laid: Laid) -> Plan {
    let vector = Vector::new(&laid.fused);
    let mut functions = Functions::default();
    let training = training(&laid, &vector, &mut functions);
    let [inference, single] =
        [Mode::Batch, Mode::Single].map(|mode| inference(&laid, mode, &vector, &mut functions));
    let plan = Plan {
        least_block: laid.least_block(),
        fused: laid.fused,
        functions,
        vector,
        training,
        inference,
        single,
    };
    plan.verify();
    plan
}

/// Forward, loss, backward. The loss reads the output and writes its gradient in between.
fn training(laid: &Laid, vector: &Vector, functions: &mut Functions) -> Training {
    let fused = &laid.fused;
    let mut schedule = Schedule::new(laid, vector, Mode::Training);
    schedule_forward(&mut schedule, functions, &laid.training);
    let forward = schedule.calls.len();
    let forward_barriers = std::mem::take(&mut schedule.barriers);
    let output = schedule.outside(fused.graph.graph.output);
    let d_output = schedule.gradient(fused.graph.graph.output);
    schedule.border([output, d_output]);

    let mut written = BTreeSet::from([d_output]);
    for (stage, form) in laid.computed().rev() {
        let kernels = |site: &Site<'_>| backward_kernels(fused, stage, site);
        let site = (Mode::Training, form);
        for used in functions.of_stage(fused, stage, site, "backward", kernels) {
            recompute(&mut schedule, functions, stage, &used);
            schedule_backward(&mut schedule, (stage, form), &used, &mut written);
        }
    }
    let d_input = Key::Gradient(ValueId::INPUT);
    schedule.border([d_input]);
    let input = schedule.outside(ValueId::INPUT);
    let backward_barriers = std::mem::take(&mut schedule.barriers);
    let merged = schedule.reductions.last();
    let merged = merged.map_or(0, |last| last.merged.end);
    let placed = schedule.finish();
    let outside = |key| placed.in_arena(key).expect("what others touch is kept");
    let mut backward = placed.phases(forward..placed.calls.len(), &backward_barriers);
    let offers = offers(&mut backward, functions);
    Training {
        samples: laid.samples(),
        forward: placed.phases(0..forward, &forward_barriers),
        backward,
        offers,
        merged,
        kept: placed.kept,
        shared: placed.shared,
        input: outside(input),
        output: outside(output),
        d_output: outside(d_output),
        d_input: outside(d_input),
    }
}

/// Appends the forward calls of a mode.
fn schedule_forward(schedule: &mut Schedule<'_>, functions: &mut Functions, steps: &[Step]) {
    let fused = schedule.fused;
    for step in steps {
        match *step {
            Step::Convert { value, from, to } => schedule.convert(functions, value, [from, to]),
            Step::Stage(index, form) => {
                let stage = &fused.stages(schedule.mode)[index];
                if fused.is_free(stage, schedule.mode) {
                    continue;
                }
                let kernels = |site: &Site<'_>| forward_kernels(fused, stage, site);
                let site = (schedule.mode, form);
                for used in functions.of_stage(fused, stage, site, "forward", kernels) {
                    schedule.call(stage, form, &used);
                }
            }
        }
    }
}

/// Appends a backward call; a gradient that another consumer has written is added to instead.
fn schedule_backward(
    schedule: &mut Schedule<'_>,
    (stage, form): (&Stage, Form),
    used: &Use,
    written: &mut BTreeSet<Key>,
) {
    let target = used
        .arguments
        .iter()
        .find_map(|argument| match argument.tensor {
            Tensor::InputGradient(k) => Some(stage.inputs[k]),
            _ => None,
        });
    let only_for_input = is_only_for_input(schedule.fused, stage, used, target);
    let [key, d_output] = [target, Some(stage.output)].map(|v| v.map(|v| schedule.gradient(v)));
    schedule.call(stage, form, used);
    let time = schedule.time;
    let call = schedule.calls.last_mut().expect("a call was just appended");
    call.only_for_input = only_for_input;
    if key == d_output {
        return;
    }
    let Some(key) = key.filter(|&key| !written.insert(key)) else {
        return;
    };
    let extra = Key::Extra(time);
    for (tensor, _, slot) in &mut call.bindings {
        if matches!(tensor, Tensor::InputGradient(_)) {
            *slot = Slot::Buffer(extra);
        }
    }
    schedule.time -= 1;
    schedule.touch(extra);
    schedule.time += 1;
    schedule.push(Scheduled {
        action: Action::Add,
        node: stage.node,
        only_for_input,
        bindings: vec![
            (Tensor::InputGradient(0), Access::Update, Slot::Buffer(key)),
            (Tensor::OutputGradient, Access::Read, Slot::Buffer(extra)),
        ],
    });
}

/// Without parameters upstream that are learned only a caller who wants the input's gradient needs a kernel
/// that writes it, or the scratch from which the next kernel writes it; or any kernel of a stage that learns
/// nothing itself.
fn is_only_for_input(fused: &Fused, stage: &Stage, used: &Use, target: Option<ValueId>) -> bool {
    let learned = |value: &ValueId| fused.is_learned(*value);
    let is_for_input = |argument: &Argument| match argument.tensor {
        _ if argument.access == Access::Read => true,
        Tensor::Scratch(_) => true,
        // A phase ends with what every block has left.
        Tensor::Partial(_) => false,
        _ => !fused.learns(stage),
    };
    match target {
        Some(value) => !learned(&value),
        None => used.arguments.iter().all(is_for_input) && !stage.inputs.iter().any(learned),
    }
}

/// Inference in a mode, and the packing of its weights.
fn inference(laid: &Laid, mode: Mode, vector: &Vector, functions: &mut Functions) -> Program {
    let packed = pack(laid, mode, vector, functions);
    let mut schedule = Schedule::new(laid, vector, mode);
    schedule.packed = packed.places;
    schedule_forward(&mut schedule, functions, laid.steps(mode));
    let output = schedule.outside(laid.fused.graph.graph.output);
    let input = schedule.outside(ValueId::INPUT);
    schedule.touch(output);
    if mode == Mode::Single {
        schedule.leave_with_caller([input, output]);
    }
    let placed = schedule.finish();
    Program {
        pack: packed.calls,
        packed: packed.len,
        calls: placed.calls(0..placed.calls.len()),
        arena: placed.kept,
        input: placed.in_arena(input),
        output: placed.in_arena(output),
    }
}
