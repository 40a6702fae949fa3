//! Orders the work and gives every tensor its place.
//!
//! *Needs* [`Fused`]. *Leaves* a [`Plan`]: the functions of the network, the calls of each mode in
//! order, and where in arenas and vectors their tensors stand. [`Plan::verify`] checks that no two
//! live buffers overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::arena::{Arena, Lifetime, place};
use super::functions::{Functions, Layout};
use super::fuse::{Fused, Stage};
use crate::emit::elementwise;
use crate::graph::ValueId;
use crate::kernel::{Access, Kernel, Tensor};
use crate::layers::Parameter;

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

/// Names of buffers while their places are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Value(ValueId),
    Gradient(ValueId),
    /// The second gradient of a value that is used more than once, by its time.
    Extra(usize),
}

/// Where a tensor will stand, before buffers have places.
#[derive(Clone, Debug)]
enum Slot {
    Buffer(Key),
    Parameters(Range<usize>),
    Gradients(Range<usize>),
    Packed(Range<usize>),
}

/// A call whose buffers have no places yet.
struct Scheduled {
    action: Action,
    node: usize,
    only_for_input: bool,
    bindings: Vec<(Tensor, Access, Slot)>,
}

/// Plans every mode of a network.
pub(crate) fn plan(fused: Fused) -> Plan {
    let parameters = parameters(&fused);
    let mut functions = Functions::default();
    let training = training(&fused, &parameters, &mut functions);
    let inference = inference(&fused, &parameters, &mut functions);
    let (single, pack, packed_len) = single(&fused, &parameters, &mut functions);
    let plan = Plan {
        fused,
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

/// Collects calls of one mode and the lifetimes of its buffers.
struct Schedule<'a> {
    fused: &'a Fused,
    parameters: &'a [PlannedParameter],
    layout: Layout,
    time: usize,
    live: BTreeMap<Key, Range<usize>>,
    calls: Vec<Scheduled>,
    /// Where each node's packed tensors stand.
    packed: BTreeMap<usize, Vec<Range<usize>>>,
}

impl<'a> Schedule<'a> {
    fn new(fused: &'a Fused, parameters: &'a [PlannedParameter], layout: Layout) -> Self {
        let mut schedule = Self {
            fused,
            parameters,
            layout,
            time: 0,
            live: BTreeMap::new(),
            calls: Vec::new(),
            packed: BTreeMap::new(),
        };
        schedule.touch(schedule.value(ValueId::INPUT));
        schedule.time = 1;
        schedule
    }

    /// The buffer of a value: in block layout a view shares its input's.
    fn value(&self, value: ValueId) -> Key {
        Key::Value(self.stored(value))
    }

    fn stored(&self, value: ValueId) -> ValueId {
        match self.layout {
            Layout::Block => self.fused.stored_in(value),
            Layout::Single => value,
        }
    }

    /// A buffer lives from its first touch to its last.
    fn touch(&mut self, key: Key) {
        let time = self.time;
        self.live.entry(key).or_insert(time..time + 1).end = time + 1;
    }

    fn slot(&self, stage: &Stage, tensor: Tensor) -> Slot {
        let ranges = || {
            self.parameters
                .iter()
                .filter(|p| p.node == stage.node)
                .map(|p| &p.range)
        };
        let nth = |k: usize| {
            ranges()
                .nth(k)
                .expect("a kernel names parameters of its layer")
                .clone()
        };
        match tensor {
            Tensor::Input(k) => Slot::Buffer(self.value(stage.inputs[k])),
            Tensor::Output => Slot::Buffer(self.value(stage.output)),
            Tensor::OutputGradient => Slot::Buffer(Key::Gradient(self.stored(stage.output))),
            Tensor::InputGradient(k) => Slot::Buffer(Key::Gradient(self.stored(stage.inputs[k]))),
            Tensor::Parameter(k) => Slot::Parameters(nth(k)),
            Tensor::ParameterGradient(k) => Slot::Gradients(nth(k)),
            Tensor::Packed(k) => Slot::Packed(self.packed[&stage.node][k].clone()),
        }
    }

    /// Appends the call of a kernel.
    fn call(&mut self, functions: &mut Functions, stage: &Stage, kernel: Kernel) {
        let bindings: Vec<_> = kernel
            .arguments
            .iter()
            .map(|argument| {
                (
                    argument.tensor,
                    argument.access,
                    self.slot(stage, argument.tensor),
                )
            })
            .collect();
        let function = functions.intern(self.fused, stage, kernel, self.layout);
        self.push(Scheduled {
            action: Action::Function(function),
            node: stage.last_node(),
            only_for_input: false,
            bindings,
        });
    }

    fn push(&mut self, call: Scheduled) {
        for (_, _, slot) in &call.bindings {
            if let Slot::Buffer(key) = slot {
                self.touch(*key);
            }
        }
        self.calls.push(call);
        self.time += 1;
    }

    /// The elements of a buffer in this mode's unit.
    fn len(&self, key: Key, calls: &[Scheduled]) -> usize {
        match key {
            Key::Value(value) | Key::Gradient(value) => {
                let shape = self.fused.graph.shape(value);
                match self.layout {
                    Layout::Block => shape.elements(),
                    Layout::Single => elementwise::single_sizes(shape).iter().product(),
                }
            }
            Key::Extra(_) => {
                let of = |call: &Scheduled| {
                    let [
                        (_, _, Slot::Buffer(Key::Gradient(into))),
                        (_, _, Slot::Buffer(from)),
                    ] = call.bindings.as_slice()
                    else {
                        return None;
                    };
                    (call.action == Action::Add && *from == key)
                        .then(|| self.fused.graph.shape(*into).elements())
                };
                calls
                    .iter()
                    .find_map(of)
                    .expect("an extra gradient is added to the first")
            }
        }
    }

    /// Gives every buffer its place.
    fn finish(mut self) -> Placed {
        let calls = std::mem::take(&mut self.calls);
        let keys: Vec<Key> = self.live.keys().copied().collect();
        let lifetimes: Vec<Lifetime> = keys
            .iter()
            .map(|&key| Lifetime {
                len: self.len(key, &calls),
                live: self.live[&key].clone(),
            })
            .collect();
        let arena = place(&lifetimes);
        if let Err((a, b)) = arena.verify(&lifetimes) {
            panic!(
                "the arena gives {:?} and {:?} the same memory",
                keys[a], keys[b]
            );
        }
        let places = keys.into_iter().zip(arena.places.iter().cloned()).collect();
        Placed {
            arena,
            places,
            calls,
        }
    }
}

/// The calls of a mode and the places of its buffers.
struct Placed {
    arena: Arena,
    places: BTreeMap<Key, Range<usize>>,
    calls: Vec<Scheduled>,
}

impl Placed {
    fn calls(&self, range: Range<usize>) -> Vec<Call> {
        self.calls[range]
            .iter()
            .map(|call| self.call(call))
            .collect()
    }

    fn call(&self, call: &Scheduled) -> Call {
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

/// Forward, loss, backward. The loss reads the output and writes its gradient in between.
fn training(fused: &Fused, parameters: &[PlannedParameter], functions: &mut Functions) -> Training {
    let mut schedule = Schedule::new(fused, parameters, Layout::Block);
    let stages: Vec<&Stage> = fused.stages.iter().filter(|stage| !stage.is_view).collect();
    for stage in &stages {
        let kernel = fused.at_site(stage, |site| fused.layer(stage).forward(site));
        schedule.call(functions, stage, kernel);
    }
    let forward = schedule.calls.len();
    let output = schedule.value(fused.graph.graph.output);
    let d_output = Key::Gradient(schedule.stored(fused.graph.graph.output));
    schedule.touch(output);
    schedule.touch(d_output);
    schedule.time += 1;

    let mut written = BTreeSet::from([d_output]);
    for stage in stages.iter().rev() {
        for kernel in backward_kernels(fused, stage) {
            schedule_backward(&mut schedule, functions, stage, kernel, &mut written);
        }
    }
    let d_input = Key::Gradient(ValueId::INPUT);
    schedule.touch(d_input);
    let input = schedule.value(ValueId::INPUT);
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

/// A stage's backward kernels: the fused activation's first, in place.
fn backward_kernels(fused: &Fused, stage: &Stage) -> Vec<Kernel> {
    fused.at_site(stage, |site| {
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
    stage: &Stage,
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
    // Without parameters upstream only a caller who wants the input's gradient needs this.
    let only_for_input = match target {
        Some(value) => !schedule.fused.is_learned(value),
        None => false,
    };
    schedule.call(functions, stage, kernel);
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

fn inference(fused: &Fused, parameters: &[PlannedParameter], functions: &mut Functions) -> Program {
    let mut schedule = Schedule::new(fused, parameters, Layout::Block);
    for stage in fused.stages.iter().filter(|stage| !stage.is_view) {
        let kernel = fused.at_site(stage, |site| fused.layer(stage).forward(site));
        schedule.call(functions, stage, kernel);
    }
    program(schedule)
}

fn program(mut schedule: Schedule<'_>) -> Program {
    let output = schedule.value(schedule.fused.graph.graph.output);
    let input = schedule.value(ValueId::INPUT);
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
    fused: &Fused,
    parameters: &[PlannedParameter],
    functions: &mut Functions,
) -> (Program, Vec<Call>, usize) {
    let mut packing = Schedule::new(fused, parameters, Layout::Single);
    let mut packed = 0;
    for stage in &fused.stages {
        let Some(pack) = fused.at_site(stage, |site| fused.layer(stage).packing(site)) else {
            continue;
        };
        let ranges = pack.shapes.iter().map(|shape| {
            let len = shape.iter().product::<usize>();
            packed += len;
            packed - len..packed
        });
        let ranges = ranges.collect();
        packing.packed.insert(stage.node, ranges);
        packing.call(functions, stage, pack.kernel);
    }
    let mut schedule = Schedule::new(fused, parameters, Layout::Single);
    schedule.packed = packing.packed.clone();
    for stage in &fused.stages {
        let kernel = fused.at_site(stage, |site| fused.layer(stage).single(site));
        schedule.call(functions, stage, kernel);
    }
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
