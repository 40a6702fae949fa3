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
use crate::layout::{BLOCK, Form, Layout, Mode, SECOND_CACHE, SQUARE, WIDEST};
use crate::shape::Shape;

/// A network whose values have layouts.
pub(crate) struct Laid {
    pub(crate) fused: Fused,
    /// How values lie in training: [`Layout::Samples`] in blocks of sixteen samples, [`Layout::Columns`] in
    /// blocks of one.
    pub(crate) block: Layout,
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

    /// The stages of a training block that have a function, with their forms: all but the views.
    pub(crate) fn computed(&self) -> impl DoubleEndedIterator<Item = (&Stage, Form)> {
        self.training.iter().filter_map(|step| match *step {
            Step::Stage(index, form) => {
                let stage = &self.fused.stages(Mode::Training)[index];
                (!self.fused.is_free(stage, Mode::Training)).then_some((stage, form))
            }
            Step::Convert { .. } => None,
        })
    }

    /// How many samples a block of training has.
    pub(crate) fn samples(&self) -> usize {
        match self.block {
            Layout::Samples => BLOCK,
            Layout::Columns | Layout::Channels => 1,
        }
    }

    /// How the input comes and the output is handed out in a mode.
    pub(crate) fn outside(&self, mode: Mode, shape: Shape) -> Layout {
        outside(mode, self.block, shape)
    }

    /// From how many samples on inference computes a block of sixteen, and not one after another.
    ///
    /// One sample in the lanes computes as fast as sixteen where its channels or columns fill them, which
    /// is in most images; a dense layer takes its weights once for a block. A block is turned from and to its
    /// samples, and its values may leave the caches. `benches/LAYOUTS.md` has the ratios of costs beside those of
    /// times.
    pub(crate) fn least_block(&self) -> usize {
        /// Operations for which a call on one sample takes time beside its layers. With them costs say that a block
        /// pays from 5 samples on of `24 -> dense(8) -> tanh -> dense(2)`: from 3 by `predict_batch`, whose calls are
        /// among what takes time, and from 6 (AVX-512) and 10 (AVX2) without (AMD EPYC, 2026-11-30).
        const CALL: u64 = 48;
        let [block, one] = [&self.batch, &self.single].map(|steps| cost(&self.fused, steps));
        let one = one.saturating_add(CALL);
        let beside = turning(&self.fused).saturating_add(traffic(&self.fused));
        let block = block.saturating_add(beside);
        usize::try_from(block.div_ceil(one)).unwrap_or(usize::MAX)
    }
}

/// Operations that turn sixteen samples to a block, and their results back.
fn turning(fused: &Fused) -> u64 {
    const ELEMENT: u64 = SQUARE / WIDEST as u64;
    let ends = [ValueId::INPUT, fused.graph.graph.output];
    let elements = ends.map(|value| fused.graph.shape(value).elements() as u64);
    elements.into_iter().sum::<u64>().saturating_mul(ELEMENT)
}

/// Operations that take as long as to write the values of a block that the second cache does not hold, and to read
/// them again.
///
/// Of 24 networks of one to three convolutions, of 1 to 32 channels and from 20×20 to 256×256 pixels, the constant
/// chooses right but for two of 3×128×128 and 3×224×224, whose blocks take 1.05 to 1.3 times as long as their samples
/// one by one. By measurement it would have to be 4 where the last cache holds all, and up to 20 where it does not (AMD
/// EPYC, AVX-512 and AVX2, 2026-11-30).
fn traffic(fused: &Fused) -> u64 {
    const ELEMENT: u64 = 6;
    values(fused, Mode::Batch)
        .filter(|elements| elements.saturating_mul(BLOCK * size_of::<f32>()) > SECOND_CACHE)
        .fold(0, |all: u64, elements| {
            all.saturating_add(ELEMENT.saturating_mul(elements as u64))
        })
}

/// How many elements the values of a mode have, the input and what is computed.
fn values(fused: &Fused, mode: Mode) -> impl Iterator<Item = usize> {
    let stages = fused.stages(mode).iter();
    let computed = stages.filter(move |stage| !fused.is_free(stage, mode));
    std::iter::once(ValueId::INPUT)
        .chain(computed.map(|stage| stage.output))
        .map(|value| fused.graph.shape(value).elements())
}

fn cost(fused: &Fused, steps: &[Step]) -> u64 {
    let of_step = |step: &Step| match *step {
        Step::Stage(_, form) => form.cost,
        Step::Convert { value, from, to } => {
            let shape = fused.graph.shape(value);
            from.conversion(to, shape).unwrap_or(0)
        }
    };
    steps.iter().map(of_step).sum()
}

/// How the input comes and the output is handed out in a mode, where training has blocks of this layout.
fn outside(mode: Mode, block: Layout, shape: Shape) -> Layout {
    match mode {
        Mode::Training => block,
        Mode::Batch | Mode::Single => mode.outside(shape),
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
    let search = |mode, block| Search::new(&fused, mode, block);
    let [sixteen, batch, single] = Mode::ALL.map(|mode| search(mode, Layout::Samples).steps());
    let one = search(Mode::Training, Layout::Columns);
    let one = one.arrives().then(|| one.steps());
    let is_chosen = |one: &[Step]| match fused.graph.graph.avoided {
        Some(Layout::Samples) => true,
        Some(Layout::Columns) => false,
        Some(Layout::Channels) | None => one_pays(&fused, one, &sixteen),
    };
    let (block, training) = match one {
        Some(one) if is_chosen(&one) => (Layout::Columns, one),
        _ => (Layout::Samples, sixteen),
    };
    Laid {
        fused,
        block,
        training,
        batch,
        single,
    }
}

/// Whether training computes one sample at a time, and not sixteen: where that is about as fast for large
/// batches, since it is up to fourteen times as fast for a single sample, and twice for eight.
///
/// The work is nearly the same, but for columns that fill no register and rows that are padded, where
/// convolutions in `Samples` are direct too; with more channels those are computed by Winograd's algorithm,
/// which `Columns` has not, and the costs say so. Else what decides is memory: sixteen samples of a large image
/// leave the caches, and loops of few channels then run at half to three quarters of their speed; those of many
/// have more to compute for each number that they load.
///
/// Times of a step divided by those in blocks of sixteen, all of them by direct loops, in batches of 128, on
/// AVX-512 and AVX2 (three `conv<3x3>` with `tanh` between them, by channels and sides; AMD EPYC with 32 MB of
/// cache, 2026-11-27):
///
/// | large enough | | too small | |
/// |---|---|---|---|
/// | 1, 256x256 | 0.96, 0.76 | 1, 128x128 | 1.17, 0.92 |
/// | 2, 256x256 | 0.70, 0.65 | 2, 128x128 | 1.17, 0.90 |
/// | 4, 256x256 | 0.75, 0.61 | 4, 128x128 | 1.06, 0.78 |
/// | 8, 256x256 | 0.58, 0.59 | 8, 64x64 | 1.18, 1.00 |
/// | 8, 128x128 | 1.01, 0.77 | 16, 64x64 | 1.19, 1.22 |
/// | 16, 128x128 | 0.86, 0.69 | 1, 32x32 | 1.86, 1.22 |
///
/// `benches/LAYOUTS.md` has such networks against blocks that may be by Winograd's algorithm. On an Intel Xeon
/// (2026-11-29) AVX-512 gained from 128x128 on, and AVX2 from 1, 256x256 alone.
fn one_pays(fused: &Fused, one: &[Step], sixteen: &[Step]) -> bool {
    /// Bytes of sixteen samples of the largest value, and of all that a step keeps, from which on one
    /// sample at a time may pay.
    const VALUE: usize = 4 << 20;
    const ARENA: usize = 16 << 20;
    /// Operations for each element that a step keeps, from which on loading it does not matter.
    const BUSY: u64 = 64;
    let (all, largest) = kept(fused);
    let [one, sixteen] = [one, sixteen].map(|steps| cost(fused, steps));
    let bytes = |elements: usize| elements.saturating_mul(BLOCK * size_of::<f32>());
    bytes(largest) >= VALUE
        && bytes(all) >= ARENA
        && sixteen < BUSY.saturating_mul(all as u64)
        && one.saturating_mul(2 * BLOCK as u64) <= sixteen.saturating_mul(3)
}

/// About how many elements of one sample a step keeps, every value and the gradient of one, and how many the
/// largest has.
fn kept(fused: &Fused) -> (usize, usize) {
    let (all, largest) = values(fused, Mode::Training)
        .fold((0_usize, 0), |(all, largest), size| {
            (all.saturating_add(size), largest.max(size))
        });
    (all.saturating_add(largest), largest)
}

/// The cheapest way to a value in each layout, found from the input on.
struct Search<'a> {
    fused: &'a Fused,
    mode: Mode,
    /// The layout of training.
    block: Layout,
    /// One per value: for each layout the cost, and the form of the stage that gives it.
    ways: Vec<BTreeMap<Layout, (u64, Option<Form>)>>,
}

impl<'a> Search<'a> {
    fn new(fused: &'a Fused, mode: Mode, block: Layout) -> Self {
        let mut search = Self {
            fused,
            mode,
            block,
            ways: vec![BTreeMap::new(); fused.graph.shapes.len()],
        };
        let input = outside(mode, block, fused.graph.graph.input);
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
            let mut forms = self.fused.forms(stage, self.mode);
            // Those of blocks are all alike: their layout is chosen for the network as a whole.
            let avoided = self.fused.graph.graph.avoided;
            if let Some(avoided) = avoided.filter(|_| self.mode == Mode::Single) {
                let fewest = forms.iter().map(|form| form.ends_in(avoided)).min();
                forms.retain(|form| Some(form.ends_in(avoided)) == fewest);
            }
            return forms;
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

    /// Whether there is a way to the output.
    fn arrives(&self) -> bool {
        let output = self.fused.graph.graph.output;
        self.cost(output, self.block).is_some()
    }

    /// The steps of the cheapest way to the output, found from there back.
    fn steps(&self) -> Vec<Step> {
        let graph = &self.fused.graph;
        let output = graph.graph.output;
        let mut wanted = vec![BTreeSet::new(); graph.shapes.len()];
        wanted[output.0].insert(outside(self.mode, self.block, graph.shape(output)));
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
