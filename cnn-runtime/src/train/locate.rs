//! Finds the layer and the quantity where values stopped being finite.
//!
//! The step kept nothing for this: its blocks are computed once more, one after another, with a
//! probe. It runs once, after a step has failed, so it may be slow and allocate.

use core::marker::PhantomData;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::blocks::Blocks;
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network};
use crate::pass::Draw;
use crate::sentry::{Divergence, FirstFault, Quantity, elements_finite};
use crate::simd::{Kernel, Scalar, Simd};
use crate::spec::{LayerSpec, ParameterSpec, Spec};
use crate::train::batch::Batch;
use crate::train::block::{gather_block, lose_block};
use crate::train::compute::{Compute, ElementOf};
use crate::train::step::Outcome;

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
    let in_values = match outcome {
        Outcome::Spoilt => in_tensors(N::SPEC, values, Quantity::UpdatedParameter),
        _ => in_tensors(N::SPEC, values, Quantity::Parameter),
    };
    let parameters = &values[..N::SPEC.parameter_count];
    let (layer, quantity) = in_values
        .or_else(|| in_blocks(compute, parameters, batch, draw))
        // Finite in every block, so the sum over the blocks overflowed.
        .or_else(|| in_tensors(N::SPEC, gradients, Quantity::ParameterGradient))
        .unwrap_or((last_layer(N::SPEC), Quantity::Loss));
    Divergence {
        network: N::SPEC.name,
        layer: layer.name,
        declared: layer.layer,
        quantity,
        step: 0,
        epoch: None,
    }
}

/// The first tensor of a vector, of parameters or of all values, that is not finite.
fn in_tensors<T: Scalar>(
    spec: &'static Spec,
    vector: &[T],
    quantity: fn(&'static str) -> Quantity,
) -> Option<Fault> {
    let known = spec.tensors().filter(|t| t.range().end <= vector.len());
    let spoilt = |t: &&ParameterSpec| vector[t.range()].iter().any(|x| !x.is_finite());
    let tensor = known.into_iter().find(spoilt)?;
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
    parameters: &[N::Scalar],
    batch: &impl Batch<'a, L::Target>,
    draw: Draw,
) -> Option<Fault> {
    let mut blocks = Blocks::new(&N::SPEC.training, batch.len(), draw);
    for run in blocks.runs() {
        let fault = compute.level.run(Search::<N, L, _> {
            loss: &compute.loss,
            batch,
            data: PhantomData,
            run,
            parameters,
            blocks: &mut blocks,
        });
        if fault.is_some() {
            return fault;
        }
    }
    None
}

fn samples_finite(samples: &[&[f32]]) -> bool {
    let mut values = samples.iter().copied().flatten();
    values.all(|value| value.is_finite())
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
    parameters: &'b [N::Scalar],
    blocks: &'b mut Blocks<ElementOf<N>>,
}

impl<'a, N, L, B> Kernel for Search<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    type Output = Option<Fault>;

    fn run<S: Simd>(mut self, simd: S) -> Option<Fault> {
        let input = self.input(simd);
        let forward = input.or_else(|| self.forward(simd));
        let loss = forward.or_else(|| self.loss(simd));
        loss.or_else(|| self.backward(simd))
    }
}

impl<'a, N, L, B> Search<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    fn input<S: Simd>(&mut self, simd: S) -> Option<Fault> {
        for index in self.run.clone() {
            let samples = N::SPEC.training.samples_of(index, self.batch.len());
            let arena = self.blocks.arena(index);
            let finite = self.batch.with_block(samples, |block| {
                gather_block::<N, _, S>(simd, block.samples, arena);
                samples_finite(block.samples)
            });
            if !finite {
                return Some((&N::SPEC.layers[0], Quantity::Input));
            }
        }
        None
    }

    fn forward<S: Simd>(&mut self, simd: S) -> Option<Fault> {
        let mut probe = FirstFault::default();
        let run = self.run.clone();
        self.blocks
            .forward::<N, S>(simd, run, self.parameters, &mut probe);
        Some((&N::SPEC.layers[probe.output?], Quantity::Output))
    }

    fn loss<S: Simd>(&mut self, simd: S) -> Option<Fault> {
        for index in self.run.clone() {
            let samples = N::SPEC.training.samples_of(index, self.batch.len());
            let arena = self.blocks.arena(index);
            let total: BlockLoss = self.batch.with_block(samples, |block| {
                lose_block::<N, L, _, S>(simd, self.loss, block, arena)
            });
            let d_output = &arena[N::SPEC.training.d_output.clone()];
            let finite = total.loss.is_finite() && elements_finite(d_output);
            if !finite {
                return Some((last_layer(N::SPEC), Quantity::Loss));
            }
        }
        None
    }

    fn backward<S: Simd>(&mut self, simd: S) -> Option<Fault> {
        let (spec, mut probe) = (N::SPEC, FirstFault::default());
        let mut gradients: Vec<_> = vec![N::Scalar::ZERO; spec.parameter_count];
        self.blocks.backward::<N, S>(
            simd,
            self.run.clone(),
            self.parameters,
            &mut gradients,
            InputGradient::Skip,
            &mut probe,
        );
        if let Some(layer) = probe.input_gradient {
            return Some((&spec.layers[layer], Quantity::InputGradient));
        }
        in_tensors(spec, &gradients, Quantity::ParameterGradient)
    }
}
