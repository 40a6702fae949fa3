//! Collects the calls of one mode, and learns from them how long each buffer lives.
//!
//! *Needs* the kernels of the stages, in order. *Leaves* a [`Schedule`], whose buffers have names but no
//! places.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::functions::{Functions, Use};
use super::fuse::{Fused, Stage};
use super::layout::Laid;
use super::plan::Action;
use super::vector::{PlannedParameter, PlannedStatistic, Vector};
use crate::graph::ValueId;
use crate::kernel::{Access, Tensor};
use crate::layers::Reduction;
use crate::layout::{Form, Layout, Mode};

/// Names of buffers while their places are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Value(ValueId, Layout),
    Gradient(ValueId),
    /// The second gradient of a value that is used more than once, by its time.
    Extra(usize),
    /// What a block leaves for a reduction, by the node and the reduction's position.
    Partial(usize, usize),
    /// A node's own buffer, by its position among the node's.
    Scratch(usize, usize),
    /// Which of a window's results a value holds.
    Chosen(ValueId),
    /// A value that the backward pass has recomputed.
    Recomputed(ValueId, Layout),
}

/// Where a tensor will stand, before buffers have places.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Buffer(Key),
    Parameters(Range<usize>),
    Gradients(Range<usize>),
    Packed(Range<usize>),
    /// The merged numbers of a reduction, by its index among all.
    Merged(usize),
    Pass,
    /// The sample as the caller has it.
    Sample,
    /// The caller's memory for the result.
    Result,
}

/// A reduction of the whole network, in the order of the nodes.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    pub(super) node: usize,
    /// Its position among the node's.
    pub(super) position: usize,
    pub(super) reduction: Reduction,
    /// Its place among the merged numbers.
    pub(super) merged: Range<usize>,
}

/// The end of a phase: before which call it is, and which reductions are merged at it.
pub(super) struct Barrier {
    pub(super) before: usize,
    pub(super) reductions: Vec<usize>,
}

/// A call whose buffers have no places yet.
pub(super) struct Scheduled {
    pub(super) action: Action,
    pub(super) node: usize,
    pub(super) only_for_input: bool,
    pub(super) bindings: Vec<(Tensor, Access, Slot)>,
}

/// Collects calls of one mode and the lifetimes of its buffers.
pub(super) struct Schedule<'a> {
    pub(super) laid: &'a Laid,
    pub(super) fused: &'a Fused,
    parameters: &'a [PlannedParameter],
    statistics: &'a [PlannedStatistic],
    pub(super) reductions: Vec<Reduced>,
    pub(super) barriers: Vec<Barrier>,
    /// The times between phases, and those at which others than calls read and write buffers.
    pub(super) borders: Vec<usize>,
    /// The reductions to which this phase has added.
    pending: Vec<usize>,
    pub(super) mode: Mode,
    pub(super) time: usize,
    pub(super) live: BTreeMap<Key, Range<usize>>,
    pub(super) calls: Vec<Scheduled>,
    /// Where each node's packed tensors stand.
    pub(super) packed: BTreeMap<usize, Vec<Range<usize>>>,
    /// The lengths of each node's own buffers.
    scratch: BTreeMap<usize, Vec<usize>>,
    /// The values that the backward pass has recomputed.
    pub(super) recomputed: BTreeSet<ValueId>,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(laid: &'a Laid, vector: &'a Vector, mode: Mode) -> Self {
        let fused = &laid.fused;
        let mut schedule = Self {
            laid,
            fused,
            parameters: &vector.parameters,
            statistics: &vector.statistics,
            reductions: reductions(fused),
            barriers: Vec::new(),
            borders: Vec::new(),
            pending: Vec::new(),
            mode,
            time: 0,
            live: BTreeMap::new(),
            calls: Vec::new(),
            packed: BTreeMap::new(),
            scratch: BTreeMap::new(),
            recomputed: BTreeSet::new(),
        };
        let input = schedule.outside(ValueId::INPUT);
        schedule.border([input]);
        schedule
    }

    /// Ends what calls do without a break, and touches what is read or written there from outside.
    pub(super) fn border(&mut self, touched: impl IntoIterator<Item = Key>) {
        self.borders.push(self.time);
        touched.into_iter().for_each(|key| self.touch(key));
        self.time += 1;
    }

    /// The buffer of a value in a layout: a view shares its input's.
    pub(super) fn value(&self, value: ValueId, layout: Layout) -> Key {
        let stored = self.stored(value);
        match self.recomputed.contains(&stored) {
            true => Key::Recomputed(stored, layout),
            false => Key::Value(stored, layout),
        }
    }

    /// The buffer of the network's input or output.
    pub(super) fn outside(&self, value: ValueId) -> Key {
        let shape = self.fused.graph.shape(value);
        let layout = self.laid.outside(self.mode, shape);
        self.value(value, layout)
    }

    pub(super) fn stored(&self, value: ValueId) -> ValueId {
        self.fused.stored_in(value, self.mode)
    }

    /// The buffer of the gradient by a value.
    pub(super) fn gradient(&self, value: ValueId) -> Key {
        Key::Gradient(self.fused.gradient_in(self.stored(value)))
    }

    /// A buffer lives from its first touch to its last.
    pub(super) fn touch(&mut self, key: Key) {
        let time = self.time;
        self.live.entry(key).or_insert(time..time + 1).end = time + 1;
    }

    fn slot(&self, stage: &Stage, form: Form, tensor: Tensor) -> Slot {
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
            Tensor::Input(k) => Slot::Buffer(self.value(stage.inputs[k], form.input)),
            Tensor::Output => Slot::Buffer(self.value(stage.output, form.output)),
            Tensor::OutputGradient => Slot::Buffer(self.gradient(stage.output)),
            Tensor::InputGradient(k) => Slot::Buffer(self.gradient(stage.inputs[k])),
            Tensor::Parameter(k) => Slot::Parameters(nth(k)),
            Tensor::ParameterGradient(k) => Slot::Gradients(nth(k)),
            Tensor::Packed(k) => Slot::Packed(self.packed[&stage.node][k].clone()),
            Tensor::Scale => Slot::Packed(0..self.fused.channels(stage)),
            Tensor::Shift => {
                let channels = self.fused.channels(stage);
                Slot::Packed(channels..2 * channels)
            }
            Tensor::Statistic(k) => {
                let mut own = self.statistics.iter().filter(|s| s.node == stage.node);
                let statistic = own.nth(k);
                let range = statistic.map(|statistic| statistic.range.clone());
                Slot::Parameters(range.expect("a kernel names statistics of its layer"))
            }
            Tensor::Partial(k) => Slot::Buffer(Key::Partial(stage.node, k)),
            Tensor::Merged(k) => Slot::Merged(self.reduction(stage.node, k)),
            Tensor::Pass => Slot::Pass,
            Tensor::Scratch(k) => Slot::Buffer(Key::Scratch(stage.node, k)),
            Tensor::Chosen => Slot::Buffer(Key::Chosen(stage.output)),
            Tensor::ResultGradient => Slot::Buffer(Key::Gradient(stage.results())),
        }
    }

    /// The index of a node's reduction among all.
    fn reduction(&self, node: usize, position: usize) -> usize {
        let mut all = self.reductions.iter();
        let found = all.position(|one| (one.node, one.position) == (node, position));
        found.expect("a kernel names reductions of its layer")
    }

    /// Ends the phase: what its blocks have left stays in their arenas until it is merged.
    fn end_phase(&mut self) {
        let reductions = std::mem::take(&mut self.pending);
        let partial = |&index: &usize| {
            let Reduced { node, position, .. } = self.reductions[index];
            Key::Partial(node, position)
        };
        let partials: Vec<Key> = reductions.iter().map(partial).collect();
        self.border(partials);
        self.barriers.push(Barrier {
            before: self.calls.len(),
            reductions,
        });
    }

    /// Appends the call of a function.
    pub(super) fn call(&mut self, stage: &Stage, form: Form, used: &Use) {
        let scratch = self.fused.at_site(stage, (self.mode, form), |site| {
            self.fused.layer(stage).scratch(site)
        });
        let lengths = scratch.iter().map(|buffer| buffer.sizes.iter().product());
        self.scratch.insert(stage.node, lengths.collect());
        let bindings: Vec<_> = used
            .arguments
            .iter()
            .map(|argument| {
                (
                    argument.tensor,
                    argument.access,
                    self.slot(stage, form, argument.tensor),
                )
            })
            .collect();
        self.push(Scheduled {
            action: Action::Function(used.function),
            node: stage.last_node(),
            only_for_input: false,
            bindings,
        });
    }

    /// Appends the call that turns a value into another layout.
    pub(super) fn convert(&mut self, functions: &mut Functions, value: ValueId, ends: [Layout; 2]) {
        let graph = &self.fused.graph;
        let node = value.0.checked_sub(1);
        let name = node.map_or("input", |node| &graph.graph.nodes[node].name);
        let function = functions.of_conversion(name, graph.shape(value), ends);
        let [from, to] = ends.map(|layout| Slot::Buffer(self.value(value, layout)));
        self.push(Scheduled {
            action: Action::Function(function),
            node: node.unwrap_or(0),
            only_for_input: false,
            bindings: vec![
                (Tensor::Input(0), Access::Read, from),
                (Tensor::Output, Access::Write, to),
            ],
        });
    }

    pub(super) fn push(&mut self, call: Scheduled) {
        let is_pending = |slot: &Slot| matches!(slot, Slot::Merged(r) if self.pending.contains(r));
        if call.bindings.iter().any(|(_, _, slot)| is_pending(slot)) {
            self.end_phase();
        }
        for (_, access, slot) in &call.bindings {
            let Slot::Buffer(key) = *slot else { continue };
            self.touch(key);
            if let (Key::Partial(node, position), Access::Write) = (key, access) {
                self.pending.push(self.reduction(node, position));
            }
        }
        self.calls.push(call);
        self.time += 1;
    }

    /// Takes the sample from where the caller has it, and leaves the result there, each without a copy, if
    /// its elements are stored without padding, and it is not both of them.
    pub(super) fn leave_with_caller(&mut self, [input, output]: [Key; 2]) {
        for (key, place) in [(input, Slot::Sample), (output, Slot::Result)] {
            let Key::Value(value, _) = key else { continue };
            let elements = self.fused.graph.shape(value).elements();
            if input == output || self.len(key, &[]) != elements {
                continue;
            }
            self.live.remove(&key);
            for (_, _, slot) in self.calls.iter_mut().flat_map(|call| &mut call.bindings) {
                if matches!(slot, Slot::Buffer(other) if *other == key) {
                    *slot = place.clone();
                }
            }
        }
    }

    /// The elements of a buffer in this mode's unit.
    pub(super) fn len(&self, key: Key, calls: &[Scheduled]) -> usize {
        match key {
            Key::Value(value, layout) | Key::Recomputed(value, layout) => {
                layout.len(self.fused.graph.shape(value))
            }
            Key::Gradient(value) | Key::Chosen(value) => self.fused.graph.shape(value).elements(),
            Key::Partial(node, k) => {
                let index = self.reduction(node, k);
                self.reductions[index].reduction.channels
            }
            Key::Scratch(node, k) => self.scratch[&node][k],
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
}

/// The reductions of a network, with places among the merged numbers.
fn reductions(fused: &Fused) -> Vec<Reduced> {
    let mut all: Vec<Reduced> = Vec::new();
    let stages = fused.stages(Mode::Training).iter();
    for stage in stages.filter(|stage| !fused.is_frozen(stage)) {
        let own = fused.layer(stage).reductions(&fused.inputs(stage));
        for (position, reduction) in own.into_iter().enumerate() {
            let first = all.last().map_or(0, |last| last.merged.end);
            all.push(Reduced {
                node: stage.node,
                position,
                merged: first..first + 2 * reduction.channels,
                reduction,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::passes::plan::Phase;
    use crate::passes::testing::{called, planned};

    #[test]
    fn a_phase_ends_before_the_numbers_of_all_blocks_are_read() {
        let plan = planned("A: 4 -> dense(4) -> batch_norm -> tanh -> dense(2)");
        let phases = |phases: &[Phase]| -> Vec<Vec<String>> {
            phases
                .iter()
                .map(|phase| called(&plan, &phase.calls))
                .collect()
        };
        let forward = phases(&plan.training.forward);
        assert_eq!(forward.len(), 2, "{forward:?}");
        assert_eq!(forward[0], ["dense1_forward", "batch_norm1_moments"]);
        assert_eq!(forward[1], ["batch_norm1_forward", "dense2_forward"]);
        let backward = phases(&plan.training.backward);
        assert_eq!(backward.len(), 2, "{backward:?}");
    }

    #[test]
    fn only_the_gradient_by_the_input_can_be_left_out() {
        let plan = planned("A: 4 -> dense(4) -> dense(2)");
        let calls = plan.training.backward[0].calls.iter();
        let only_for_input: Vec<bool> = calls.map(|call| call.only_for_input).collect();
        assert_eq!(only_for_input, [false, false, false, true]);
    }
}
