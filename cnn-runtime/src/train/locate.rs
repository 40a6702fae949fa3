//! Finds the layer and the quantity where values stopped being finite.
//!
//! The step kept nothing for this: its blocks are computed once more, one after another, with a
//! probe. It runs once, after a step has failed, so it may be slow and allocate.

use core::marker::PhantomData;
use core::ops::ControlFlow;
use std::vec;

use crate::lanes::{BLOCK, Lanes};
use crate::loss::Loss;
use crate::network::{InputGradient, Network};
use crate::sentry::{Divergence, FirstFault, Quantity, lanes_finite};
use crate::simd::{Kernel, Scalar, Simd};
use crate::spec::{LayerSpec, Spec};
use crate::train::batch::Batch;
use crate::train::block::forward_block;
use crate::train::step::{Compute, Outcome};

/// Where and what.
type Fault = (&'static LayerSpec, Quantity);

/// The first quantity that is not finite; the caller adds step and epoch.
pub(super) fn locate<'a, N: Network, L: Loss<N::Output>>(
    compute: &Compute<N, L>,
    outcome: Outcome,
    parameters: &[N::Scalar],
    gradients: &[N::Scalar],
    batch: &impl Batch<'a, L::Target>,
    arena: &mut [Lanes<N::Scalar>],
) -> Divergence {
    let in_parameters = match outcome {
        Outcome::Spoilt => in_tensors(N::SPEC, parameters, Quantity::UpdatedParameter),
        _ => in_tensors(N::SPEC, parameters, Quantity::Parameter),
    };
    let (layer, quantity) = in_parameters
        .or_else(|| in_blocks(compute, parameters, batch, arena))
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

/// The first tensor of a parameter vector that is not finite.
fn in_tensors<T: Scalar>(
    spec: &'static Spec,
    vector: &[T],
    quantity: impl Fn(&'static str) -> Quantity,
) -> Option<Fault> {
    let spoilt = |range: core::ops::Range<usize>| vector[range].iter().any(|x| !x.is_finite());
    let index = spec.parameters.iter().position(|t| spoilt(t.range()))?;
    let owner = spec.layers.iter().find(|l| l.parameters.contains(&index));
    let layer = owner.unwrap_or_else(|| last_layer(spec));
    Some((layer, quantity(spec.parameters[index].name)))
}

fn in_blocks<'a, N: Network, L: Loss<N::Output>>(
    compute: &Compute<N, L>,
    parameters: &[N::Scalar],
    batch: &impl Batch<'a, L::Target>,
    arena: &mut [Lanes<N::Scalar>],
) -> Option<Fault> {
    (0..batch.len().div_ceil(BLOCK)).find_map(|index| {
        compute.level.run(BlockSearch::<N, L, _> {
            loss: &compute.loss,
            batch,
            data: PhantomData,
            index,
            parameters,
            arena,
        })
    })
}

fn last_layer(spec: &'static Spec) -> &'static LayerSpec {
    spec.layers.last().expect("a network has a layer")
}

/// One block, looked at stage by stage; `'a` is the life of the data.
struct BlockSearch<'b, 'a, N: Network, L, B> {
    loss: &'b L,
    batch: &'b B,
    data: PhantomData<&'a ()>,
    index: usize,
    parameters: &'b [N::Scalar],
    arena: &'b mut [Lanes<N::Scalar>],
}

impl<'a, N, L, B> Kernel for BlockSearch<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    type Output = Option<Fault>;

    fn run<S: Simd>(mut self, simd: S) -> Option<Fault> {
        match self.forward(simd) {
            ControlFlow::Break(fault) => Some(fault),
            ControlFlow::Continue(()) => self.backward(simd),
        }
    }
}

impl<'a, N, L, B> BlockSearch<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    fn forward<S: Simd>(&mut self, simd: S) -> ControlFlow<Fault> {
        let (spec, mut probe) = (N::SPEC, FirstFault::default());
        let (input, total) = self.batch.with_block(self.index, |block| {
            let mut values = block.samples.iter().flat_map(|sample| sample.iter());
            let finite = values.all(|value| value.is_finite());
            let (loss, arena) = (self.loss, &mut *self.arena);
            let parameters = self.parameters;
            let total =
                forward_block::<N, L, _, S>(simd, loss, block, parameters, arena, &mut probe);
            (finite, total)
        });
        if !input {
            let first = spec.layers.first().expect("a network has a layer");
            return ControlFlow::Break((first, Quantity::Input));
        }
        if let Some(layer) = probe.output {
            return ControlFlow::Break((&spec.layers[layer], Quantity::Output));
        }
        let d_output = &self.arena[spec.training.d_output.clone()];
        if !total.loss.is_finite() || !lanes_finite(d_output) {
            return ControlFlow::Break((last_layer(spec), Quantity::Loss));
        }
        ControlFlow::Continue(())
    }

    fn backward<S: Simd>(&mut self, simd: S) -> Option<Fault> {
        let (spec, mut probe) = (N::SPEC, FirstFault::default());
        let mut gradients = vec![N::Scalar::ZERO; spec.parameter_count];
        N::backward(
            simd,
            self.parameters,
            &mut gradients,
            self.arena,
            InputGradient::Skip,
            &mut probe,
        );
        if let Some(layer) = probe.input_gradient {
            return Some((&spec.layers[layer], Quantity::InputGradient));
        }
        in_tensors(spec, &gradients, Quantity::ParameterGradient)
    }
}
