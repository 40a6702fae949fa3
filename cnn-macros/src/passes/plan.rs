//! Orders the work and gives every tensor its place.
//!
//! *Needs* [`Laid`]. *Leaves* a [`Plan`]: the functions of the network, the calls of each mode in
//! order, and where in arenas and vectors their tensors stand. [`Plan::verify`] checks that no two
//! live buffers overlap.

use std::collections::BTreeSet;
use std::ops::Range;

use super::functions::Functions;
use super::fuse::{Fused, Stage};
use super::layout::{Laid, Step};
use super::schedule::{Key, Schedule, Scheduled, Slot};
use crate::emit::elementwise;
use crate::graph::ValueId;
use crate::kernel::{Access, Argument, Kernel, Site, Tensor};
use crate::layers::Parameter;
use crate::layout::{Form, Mode};

/// Everything that is emitted, in order and with places.
pub(crate) struct Plan {
    pub(crate) fused: Fused,
    pub(crate) functions: Functions,
    pub(crate) parameters: Vec<PlannedParameter>,
    pub(crate) training: Training,
    pub(crate) inference: Program,
    pub(crate) single: Program,
    pub(crate) pack: Vec<Call>,
    pub(crate) packed_len: usize,
}

/// One parameter tensor in the parameter vector.
pub(crate) struct PlannedParameter {
    pub(crate) node: usize,
    pub(crate) parameter: Parameter,
    pub(crate) range: Range<usize>,
}

/// A training step on one block.
pub(crate) struct Training {
    pub(crate) forward: Vec<Call>,
    pub(crate) backward: Vec<Call>,
    pub(crate) len: usize,
    pub(crate) input: Range<usize>,
    pub(crate) output: Range<usize>,
    pub(crate) d_output: Range<usize>,
    pub(crate) d_input: Range<usize>,
}

/// Inference in one layout.
pub(crate) struct Program {
    pub(crate) calls: Vec<Call>,
    pub(crate) len: usize,
    pub(crate) input: Range<usize>,
    pub(crate) output: Range<usize>,
}

/// One call of a function, with its tensors in place.
pub(crate) struct Call {
    pub(crate) action: Action,
    /// The node whose result stands afterwards, for a probe.
    pub(crate) node: usize,
    /// Whether only a backward pass that was asked for the input's gradient makes it.
    pub(crate) only_for_input: bool,
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
}

/// Plans every mode of a network.
pub(crate) fn plan(laid: Laid) -> Plan {
    let parameters = parameters(&laid.fused);
    let mut functions = Functions::default();
    let training = training(&laid, &parameters, &mut functions);
    let inference = inference(&laid, &parameters, &mut functions);
    let (single, pack, packed_len) = single(&laid, &parameters, &mut functions);
    let plan = Plan {
        fused: laid.fused,
        functions,
        parameters,
        training,
        inference,
        single,
        pack,
        packed_len,
    };
    plan.verify();
    plan
}

fn parameters(fused: &Fused) -> Vec<PlannedParameter> {
    let mut offset = 0;
    let mut planned = Vec::new();
    for (node, parameters) in fused.graph.parameters.iter().enumerate() {
        for parameter in parameters {
            let len = parameter.shape.iter().product::<usize>();
            planned.push(PlannedParameter {
                node,
                parameter: parameter.clone(),
                range: offset..offset + len,
            });
            offset += len;
        }
    }
    planned
}

/// Forward, loss, backward. The loss reads the output and writes its gradient in between.
fn training(laid: &Laid, parameters: &[PlannedParameter], functions: &mut Functions) -> Training {
    let fused = &laid.fused;
    let mut schedule = Schedule::new(fused, parameters, Mode::Training);
    schedule_forward(&mut schedule, functions, &laid.training);
    let forward = schedule.calls.len();
    let output = schedule.outside(fused.graph.graph.output);
    let d_output = Key::Gradient(schedule.stored(fused.graph.graph.output));
    schedule.touch(output);
    schedule.touch(d_output);
    schedule.time += 1;

    let mut written = BTreeSet::from([d_output]);
    for (stage, form) in computed(fused, &laid.training).rev() {
        for kernel in backward_kernels(fused, stage, form) {
            schedule_backward(
                &mut schedule,
                functions,
                (stage, form),
                kernel,
                &mut written,
            );
        }
    }
    let d_input = Key::Gradient(ValueId::INPUT);
    schedule.touch(d_input);
    let input = schedule.outside(ValueId::INPUT);
    let placed = schedule.finish();
    Training {
        forward: placed.calls(0..forward),
        backward: placed.calls(forward..placed.calls.len()),
        len: placed.arena.len,
        input: placed.places[&input].clone(),
        output: placed.places[&output].clone(),
        d_output: placed.places[&d_output].clone(),
        d_input: placed.places[&d_input].clone(),
    }
}

/// The stages of a block that have a function, with their forms: all but the views.
fn computed<'a>(
    fused: &'a Fused,
    steps: &'a [Step],
) -> impl DoubleEndedIterator<Item = (&'a Stage, Form)> {
    steps.iter().filter_map(|step| match *step {
        Step::Stage(index, form) => {
            let stage = &fused.stages[index];
            (!stage.is_view).then_some((stage, form))
        }
        Step::Convert { .. } => None,
    })
}

/// Appends the forward calls of a mode.
fn schedule_forward(schedule: &mut Schedule<'_>, functions: &mut Functions, steps: &[Step]) {
    let fused = schedule.fused;
    for step in steps {
        match *step {
            Step::Convert { value, from, to } => schedule.convert(functions, value, [from, to]),
            Step::Stage(index, form) => {
                let stage = &fused.stages[index];
                if stage.is_view && schedule.mode != Mode::Single {
                    continue;
                }
                for kernel in fused.at_site(stage, form, |site| forward_kernels(fused, stage, site))
                {
                    schedule.call(functions, stage, form, kernel);
                }
            }
        }
    }
}

/// A stage's forward kernels: those that prepare its scratch first.
fn forward_kernels(fused: &Fused, stage: &Stage, site: &Site<'_>) -> Vec<Kernel> {
    let layer = fused.layer(stage);
    let mut kernels = layer.prepare(site);
    kernels.push(layer.forward(site));
    kernels
}

/// A stage's backward kernels: the fused activation's first, in place.
fn backward_kernels(fused: &Fused, stage: &Stage, form: Form) -> Vec<Kernel> {
    fused.at_site(stage, form, |site| {
        let epilogue = site
            .epilogue
            .map(|f| elementwise::backward_in_place(f, site));
        epilogue
            .into_iter()
            .chain(fused.layer(stage).backward(site))
            .collect()
    })
}

/// Appends a backward call; a gradient that another consumer has written is added to instead.
fn schedule_backward(
    schedule: &mut Schedule<'_>,
    functions: &mut Functions,
    (stage, form): (&Stage, Form),
    kernel: Kernel,
    written: &mut BTreeSet<Key>,
) {
    let target = kernel
        .arguments
        .iter()
        .find_map(|argument| match argument.tensor {
            Tensor::InputGradient(k) => Some(schedule.stored(stage.inputs[k])),
            _ => None,
        });
    let only_for_input = is_only_for_input(schedule.fused, stage, &kernel, target);
    schedule.call(functions, stage, form, kernel);
    let time = schedule.time;
    let call = schedule.calls.last_mut().expect("a call was just appended");
    call.only_for_input = only_for_input;
    let Some(value) = target else { return };
    let key = Key::Gradient(value);
    if written.insert(key) {
        return;
    }
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

/// Without parameters upstream only a caller who wants the input's gradient needs a kernel that
/// writes it, or the scratch from which the next kernel writes it.
fn is_only_for_input(
    fused: &Fused,
    stage: &Stage,
    kernel: &Kernel,
    target: Option<ValueId>,
) -> bool {
    let learned = |value: &ValueId| fused.is_learned(*value);
    let is_scratch = |argument: &Argument| {
        argument.access == Access::Read || matches!(argument.tensor, Tensor::Scratch(_))
    };
    match target {
        Some(value) => !learned(&value),
        None => kernel.arguments.iter().all(is_scratch) && !stage.inputs.iter().any(learned),
    }
}

fn inference(laid: &Laid, parameters: &[PlannedParameter], functions: &mut Functions) -> Program {
    let mut schedule = Schedule::new(&laid.fused, parameters, Mode::Batch);
    schedule_forward(&mut schedule, functions, &laid.batch);
    program(schedule)
}

fn program(mut schedule: Schedule<'_>) -> Program {
    let output = schedule.outside(schedule.fused.graph.graph.output);
    let input = schedule.outside(ValueId::INPUT);
    schedule.touch(output);
    let placed = schedule.finish();
    Program {
        calls: placed.calls(0..placed.calls.len()),
        len: placed.arena.len,
        input: placed.places[&input].clone(),
        output: placed.places[&output].clone(),
    }
}

/// Inference on one sample, and the packing of its weights.
fn single(
    laid: &Laid,
    parameters: &[PlannedParameter],
    functions: &mut Functions,
) -> (Program, Vec<Call>, usize) {
    let fused = &laid.fused;
    let mut packing = Schedule::new(fused, parameters, Mode::Single);
    let mut packed = 0;
    for step in &laid.single {
        let Step::Stage(index, form) = *step else {
            continue;
        };
        let stage = &fused.stages[index];
        let pack = fused.at_site(stage, form, |site| fused.layer(stage).packing(site));
        let Some(pack) = pack else { continue };
        let ranges = pack.shapes.iter().map(|shape| {
            let len = shape.iter().product::<usize>();
            packed += len;
            packed - len..packed
        });
        let ranges = ranges.collect();
        packing.packed.insert(stage.node, ranges);
        packing.call(functions, stage, form, pack.kernel);
    }
    let mut schedule = Schedule::new(fused, parameters, Mode::Single);
    schedule.packed = packing.packed.clone();
    schedule_forward(&mut schedule, functions, &laid.single);
    let packing = packing.finish();
    (
        program(schedule),
        packing.calls(0..packing.calls.len()),
        packed,
    )
}

impl Plan {
    /// Checks that no call reads what it writes, or writes two tensors to one place.
    ///
    /// That live buffers are apart was checked when the arena was made.
    pub(crate) fn verify(&self) {
        let modes = [
            &self.training.forward,
            &self.training.backward,
            &self.inference.calls,
            &self.single.calls,
            &self.pack,
        ];
        for call in modes.into_iter().flatten() {
            let places = arena_places(call);
            for (n, a) in places.iter().enumerate() {
                let clash = places[..n]
                    .iter()
                    .find(|b| a.start < b.end && b.start < a.end);
                assert!(
                    clash.is_none(),
                    "node {} uses {a:?} twice in one call",
                    call.node
                );
            }
        }
    }
}

/// The regions of the arena that a call uses.
pub(crate) fn arena_places(call: &Call) -> Vec<Range<usize>> {
    let place = |binding: &Binding| match &binding.place {
        Place::Arena(range) => Some(range.clone()),
        _ => None,
    };
    call.bindings.iter().filter_map(place).collect()
}
