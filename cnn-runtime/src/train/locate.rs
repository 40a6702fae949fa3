//! Finds the layer and the quantity where values stopped being finite.
//!
//! The step kept nothing for this: its blocks are computed once more, one after another, with a
//! probe. It runs once, after a step has failed, so it may be slow and allocate.

use core::marker::PhantomData;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::blocks::Blocks;
use crate::lanes::BLOCK;
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network};
use crate::pass::Draw;
use crate::sentry::{Divergence, FirstFault, Quantity, elements_finite};
use crate::simd::{Kernel, Scalar, Simd};
use crate::spec::{LayerSpec, Spec};
use crate::train::arenas::ElementOf;
use crate::train::batch::Batch;
use crate::train::block::{gather_block, lose_block};
use crate::train::compute::Compute;
use crate::train::step::Outcome;
use crate::vectors::Vectors as _;

/// Where and what.
type Fault = (&'static LayerSpec, Quantity);

/// The first quantity that is not finite; the caller adds step and epoch.
pub(super) fn locate<'a, N: Network, L: Loss<N::Output>>(
    compute: &Compute<N, L>,
    outcome: Outcome,
    values: &[N::Scalar],
    gradients: &[N::Scalar],
    batch: &impl Batch<'a, L::Target>,
    draw: Draw,
) -> Divergence {
    let spec = N::SPEC;
    let is_finite = |vector: &[N::Scalar]| N::Scalar::all_finite(compute.level, vector);
    let of_values = match outcome {
        Outcome::Spoilt => Quantity::UpdatedParameter,
        _ => Quantity::Parameter,
    };
    let mut fault = in_tensors(spec, values.len(), of_values, &|range| {
        is_finite(&values[range])
    });
    if fault.is_none() {
        fault = in_blocks(compute, values, batch, draw, &is_finite);
    }
    // Finite in every block, so the sum over the blocks overflowed.
    if fault.is_none() {
        let quantity = Quantity::ParameterGradient;
        fault = in_tensors(spec, gradients.len(), quantity, &|range| {
            is_finite(&gradients[range])
        });
    }
    divergence(spec, fault)
}

/// A divergence in the first step of no epoch.
fn divergence(spec: &'static Spec, fault: Option<Fault>) -> Divergence {
    let (layer, quantity) = fault.unwrap_or((last_layer(spec), Quantity::Loss));
    Divergence {
        network: spec.name,
        layer: layer.name,
        declared: layer.layer,
        quantity,
        step: 0,
        epoch: None,
    }
}

/// The first tensor of a vector of so many elements, parameters or all values, that is not finite.
fn in_tensors(
    spec: &'static Spec,
    len: usize,
    quantity: fn(&'static str) -> Quantity,
    is_finite: &dyn Fn(Range<usize>) -> bool,
) -> Option<Fault> {
    let mut known = spec.tensors().filter(|tensor| tensor.range().end <= len);
    let tensor = known.find(|tensor| !is_finite(tensor.range()))?;
    Some((owner(spec, tensor.name), quantity(tensor.name)))
}

/// The layer that a tensor is of.
fn owner(spec: &'static Spec, tensor: &str) -> &'static LayerSpec {
    let is_of = |layer: &&LayerSpec| {
        let rest = tensor.strip_prefix(layer.name);
        rest.is_some_and(|rest| rest.starts_with('.') && !rest[1..].contains('.'))
    };
    let owner = spec.layers.iter().find(is_of);
    owner.unwrap_or_else(|| last_layer(spec))
}

fn in_blocks<'a, N: Network, L: Loss<N::Output>>(
    compute: &Compute<N, L>,
    values: &[N::Scalar],
    batch: &impl Batch<'a, L::Target>,
    draw: Draw,
    is_finite: &dyn Fn(&[N::Scalar]) -> bool,
) -> Option<Fault> {
    let spec = N::SPEC;
    let mut blocks = Blocks::new(&spec.training, batch.len(), draw);
    let mut gradients: Vec<_> = vec![N::Scalar::ZERO; spec.parameter_count];
    for run in blocks.runs() {
        let first = spec.training.samples_of(run.start, batch.len()).start;
        let end = spec.training.samples_of(run.end - 1, batch.len()).end;
        if !(first..end).all(|sample| all_singles_finite(batch.sample(sample))) {
            return Some((&spec.layers[0], Quantity::Input));
        }
        gradients.fill(N::Scalar::ZERO);
        let fault = compute.level.run(Search::<N, L, _> {
            loss: &compute.loss,
            batch,
            data: PhantomData,
            run,
            values,
            gradients: &mut gradients,
            blocks: &mut blocks,
        });
        let quantity = Quantity::ParameterGradient;
        let is_finite = |range| is_finite(&gradients[range]);
        let fault = fault.or_else(|| in_tensors(spec, gradients.len(), quantity, &is_finite));
        if fault.is_some() {
            return fault;
        }
    }
    None
}

fn all_singles_finite(sample: &[f32]) -> bool {
    sample.iter().all(|value| value.is_finite())
}

fn last_layer(spec: &'static Spec) -> &'static LayerSpec {
    spec.layers.last().expect("a network has a layer")
}

/// The blocks that are computed together, looked at stage by stage; `'a` is the life of the data.
struct Search<'b, 'a, N: Network, L, B> {
    loss: &'b L,
    batch: &'b B,
    data: PhantomData<&'a ()>,
    run: Range<usize>,
    values: &'b [N::Scalar],
    /// Zeros, to which the gradients are added.
    gradients: &'b mut [N::Scalar],
    blocks: &'b mut Blocks<ElementOf<N>>,
}

impl<'a, N, L, B> Kernel for Search<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    type Output = Option<Fault>;

    fn run<S: Simd>(self, simd: S) -> Option<Fault> {
        let (spec, places, blocks) = (N::SPEC, &N::SPEC.training, self.blocks);
        let mut probe = FirstFault::default();
        for index in self.run.clone() {
            let samples = places.samples_of(index, self.batch.len());
            self.batch.with_block(samples, |block| {
                gather_block::<N, _, S, BLOCK>(simd, block.samples, blocks.arena(index));
            });
        }
        blocks.forward::<N, S, BLOCK>(simd, self.run.clone(), self.values, &mut probe);
        if let Some(layer) = probe.output {
            return Some((&spec.layers[layer], Quantity::Output));
        }
        for index in self.run.clone() {
            let samples = places.samples_of(index, self.batch.len());
            let arena = blocks.arena(index);
            let total: BlockLoss = self.batch.with_block(samples, |block| {
                lose_block::<N, L, _, S, BLOCK>(simd, self.loss, block, arena)
            });
            if !total.loss.is_finite() || !elements_finite(&arena[places.d_output.clone()]) {
                return Some((last_layer(spec), Quantity::Loss));
            }
        }
        let (values, gradients) = (self.values, self.gradients);
        let skip = InputGradient::Skip;
        blocks.backward::<N, S, BLOCK>(simd, self.run, values, gradients, skip, &mut probe);
        let layer = probe.input_gradient?;
        Some((&spec.layers[layer], Quantity::InputGradient))
    }
}
