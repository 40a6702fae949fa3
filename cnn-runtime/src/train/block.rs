//! Forward, loss and backward on one block of at most sixteen samples, without allocation.
//!
//! Not the cutting of a batch into blocks, nor the update.

use crate::lanes::{Lanes, gather};
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network, Probe};
use crate::simd::{Scalar, Simd};
use crate::target::Target;
use crate::views::regions;

/// What a network is trained on in one block.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a, R> {
    /// Up to 16 samples, each with the elements of the network's input.
    pub samples: &'a [&'a [f32]],
    /// As many targets.
    pub targets: &'a [R],
    /// The sum of the weights of the whole batch's targets, by which the loss is divided.
    pub total_weight: f64,
}

/// The memory of a block's computation.
#[derive(Debug)]
pub struct Memory<'a, T> {
    /// The network's parameters.
    pub parameters: &'a [T],
    /// Their gradients, which are added to: `SPEC.parameter_count` elements.
    pub gradients: &'a mut [T],
    /// Scratch of `SPEC.training.len` elements, overwritten.
    pub arena: &'a mut [Lanes<T>],
}

/// Adds the gradients of one block, and returns its part of the batch's loss.
///
/// The gradient by the input is not computed.
pub fn train_block<N, L, T, S>(
    simd: S,
    loss: &L,
    block: Block<'_, <L::Target as Target>::Ref<'_>>,
    memory: Memory<'_, T>,
) -> BlockLoss
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
    S: Simd,
{
    let Memory {
        parameters,
        gradients,
        arena,
    } = memory;
    let total = forward_block::<N, L, T, S>(simd, loss, block, parameters, arena, &mut ());
    N::backward(
        simd,
        parameters,
        gradients,
        arena,
        InputGradient::Skip,
        &mut (),
    );
    total
}

/// The first half of [`train_block`]: leaves in the arena what `N::backward` needs.
pub fn forward_block<N, L, T, S>(
    simd: S,
    loss: &L,
    block: Block<'_, <L::Target as Target>::Ref<'_>>,
    parameters: &[T],
    arena: &mut [Lanes<T>],
    probe: &mut impl Probe,
) -> BlockLoss
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
    S: Simd,
{
    let places = &N::SPEC.training;
    simd.vectorize(
        #[inline(always)]
        || gather(block.samples, &mut arena[places.input.clone()]),
    );
    N::forward(simd, parameters, arena, probe);
    let [output, d_output] = regions(arena, [places.output.clone(), places.d_output.clone()]);
    loss.block(simd, block.total_weight, output, block.targets, d_output)
}
