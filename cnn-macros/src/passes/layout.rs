//! Chooses how every value lies in memory, for each mode.
//!
//! *Needs* [`Fused`]: the stages, whose layers offer the forms in which they can be computed. *Leaves*
//! [`Laid`]: for each mode the stages in order, each in one form, and conversions between those that
//! do not agree. The choice has the least cost by the layers' own estimates: exactly so where every
//! value is read once; where a value is read more than once, its cost is counted for each reader.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::fuse::{Fused, Stage};
use crate::graph::ValueId;
use crate::layout::{Form, Layout, Mode};

/// A network whose values have layouts.
pub(crate) struct Laid {
    pub(crate) fused: Fused,
    pub(crate) training: Vec<Step>,
    pub(crate) batch: Vec<Step>,
    pub(crate) single: Vec<Step>,
}

impl Laid {
    /// The steps of a mode.
    pub(crate) fn steps(&self, mode: Mode) -> &[Step] {
        match mode {
            Mode::Training => &self.training,
            Mode::Batch => &self.batch,
            Mode::Single => &self.single,
        }
    }

    /// From how many samples on inference computes a block of sixteen, and not one after another.
    ///
    /// One sample in the lanes computes as fast as sixteen where its channels or columns fill them, which
    /// is in most images; a dense layer takes its weights once for a block. Ratios of costs, and of times
    /// (AMD EPYC, AVX2, 2026-11-25): 5 and 5 to 7 of the autoencoder of dense layers, 10 and 10 of
    /// LeNet-5, 16 and 16 of ResNet-8, 16 and 18 of DS-CNN; of nine networks at most a third apart.
    pub(crate) fn least_block(&self) -> usize {
        let [block, one] = [Mode::Batch, Mode::Single].map(|mode| self.cost(mode));
        usize::try_from(block.div_ceil(one.max(1))).unwrap_or(usize::MAX)
    }

    fn cost(&self, mode: Mode) -> u64 {
        let of_step = |step: &Step| match *step {
            Step::Stage(_, form) => form.cost,
            Step::Convert { value, from, to } => {
                let shape = self.fused.graph.shape(value);
                from.conversion(to, shape).unwrap_or(0)
            }
        };
        self.steps(mode).iter().map(of_step).sum()
    }
}

/// One piece of a mode's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A stage, by its index among those of the mode, in a form.
    Stage(usize, Form),
    /// A value in one more layout.
    Convert {
        value: ValueId,
        from: Layout,
        to: Layout,
    },
}

/// Lays out the values of every mode.
pub(crate) fn lay_out(fused: Fused) -> Laid {
    let [training, batch, single] = Mode::ALL.map(|mode| Search::new(&fused, mode).steps());
    Laid {
        fused,
        training,
        batch,
        single,
    }
}

/// The cheapest way to a value in each layout, found from the input on.
struct Search<'a> {
    fused: &'a Fused,
    mode: Mode,
    /// One per value: for each layout the cost, and the form of the stage that gives it.
    ways: Vec<BTreeMap<Layout, (u64, Option<Form>)>>,
}

impl<'a> Search<'a> {
    fn new(fused: &'a Fused, mode: Mode) -> Self {
        let mut search = Self {
            fused,
            mode,
            ways: vec![BTreeMap::new(); fused.graph.shapes.len()],
        };
        let input = mode.outside(fused.graph.graph.input);
        search.ways[ValueId::INPUT.0].insert(input, (0, None));
        for stage in fused.stages(mode) {
            search.visit(stage);
        }
        search
    }

    /// Finds the cheapest form of a stage for each layout of its output.
    fn visit(&mut self, stage: &Stage) {
        for form in self.forms(stage) {
            let inputs = stage
                .inputs
                .iter()
                .map(|&value| self.cost(value, form.input));
            let Some(inputs) = inputs.sum::<Option<u64>>() else {
                continue;
            };
            let cost = inputs + form.cost;
            let way = self.ways[stage.output.0].entry(form.output);
            let best = way.or_insert((cost, Some(form)));
            if cost < best.0 {
                *best = (cost, Some(form));
            }
        }
    }

    /// What is its input's storage keeps any layout, and costs nothing.
    fn forms(&self, stage: &Stage) -> Vec<Form> {
        if !self.fused.is_free(stage, self.mode) {
            return self.fused.forms(stage, self.mode);
        }
        let layouts = self.ways[stage.inputs[0].0].keys();
        layouts.map(|&layout| Form::keeping(layout, 0)).collect()
    }

    /// The cost of a value in a layout, perhaps by a conversion.
    fn cost(&self, value: ValueId, layout: Layout) -> Option<u64> {
        let shape = self.fused.graph.shape(value);
        let by = |(&from, &(cost, _)): (&Layout, &(u64, Option<Form>))| {
            Some(cost + from.conversion(layout, shape)?)
        };
        self.ways[value.0].iter().filter_map(by).min()
    }

    /// The steps of the cheapest way to the output, found from there back.
    fn steps(&self) -> Vec<Step> {
        let graph = &self.fused.graph;
        let output = graph.graph.output;
        let mut wanted = vec![BTreeSet::new(); graph.shapes.len()];
        wanted[output.0].insert(self.mode.outside(graph.shape(output)));
        let mut reversed = Vec::new();
        let stages = self.fused.stages(self.mode).iter();
        for (index, stage) in stages.enumerate().rev() {
            let (from, form) = self.choose(stage.output, &wanted[stage.output.0]);
            reversed.extend(conversions(stage.output, from, &wanted[stage.output.0]));
            let form = form.expect("only the input comes from no stage");
            reversed.push(Step::Stage(index, form));
            for input in &stage.inputs {
                wanted[input.0].insert(form.input);
            }
        }
        let (from, _) = self.choose(ValueId::INPUT, &wanted[0]);
        reversed.extend(conversions(ValueId::INPUT, from, &wanted[0]));
        reversed.reverse();
        reversed
    }

    /// The layout in which a value is best computed for those that read it.
    fn choose(&self, value: ValueId, wanted: &BTreeSet<Layout>) -> (Layout, Option<Form>) {
        let shape = self.fused.graph.shape(value);
        let total = |from: Layout, cost: u64| {
            let mut conversions = wanted.iter().map(|&to| from.conversion(to, shape));
            conversions.try_fold(cost, |sum, next| Some(sum + next?))
        };
        let ways = self.ways[value.0].iter();
        let best = ways
            .filter_map(|(&from, &(cost, form))| Some((total(from, cost)?, from, form)))
            .min_by_key(|&(cost, from, _)| (cost, from));
        let (_, layout, form) = best.expect("every layer offers a form that others can read");
        (layout, form)
    }
}

fn conversions(value: ValueId, from: Layout, wanted: &BTreeSet<Layout>) -> Vec<Step> {
    let others = wanted.iter().filter(|&&to| to != from);
    others
        .map(|&to| Step::Convert { value, from, to })
        .collect()
}
