//! Forward, loss and backward on one block, without allocation.
//!
//! Not the cutting of a batch into blocks, nor the update.

use crate::arena::Arena;
use crate::element::BlockElement;
use crate::lanes::BLOCK;
use crate::loss::{BlockLoss, Loss};
use crate::network::{InputGradient, Network};
use crate::pass::Pass;
use crate::simd::{Scalar, Simd};
use crate::target::Target;
use crate::views::regions;

/// What a network is trained on in one block.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a, R> {
    /// As many samples as a block holds or fewer, each with the elements of the network's input.
    pub samples: &'a [&'a [f32]],
    /// As many targets.
    pub targets: &'a [R],
    /// The sum of the weights of the whole batch's targets, by which the loss is divided.
    pub total_weight: f64,
}

/// The memory of a block's computation.
#[derive(Debug)]
pub struct Memory<'a, E: BlockElement> {
    /// [All values](Network::values) of the network.
    pub values: &'a [E::Scalar],
    /// The gradients by its [parameters](Network::parameters), which are added to: `SPEC.parameter_count` elements.
    pub gradients: &'a mut [E::Scalar],
    /// Scratch of `SPEC.training.len` [elements](Network::Element), overwritten.
    pub arena: &'a mut [E],
}

/// Adds the gradients of one block, and returns its part of the batch's loss.
///
/// The gradient by the input is not computed. `pass` is the first and only phase.
///
/// # Panics
/// If the network has several phases: its blocks cannot be trained one after another. If the values are not
/// all of the network's, or the gradients not as many as its parameters.
pub fn train_block<N, L, T, S>(
    simd: S,
    loss: &L,
    block: Block<'_, <L::Target as Target>::Ref<'_>>,
    pass: &Pass<'_, T>,
    memory: Memory<'_, N::Element<T, BLOCK>>,
) -> BlockLoss
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
    S: Simd,
{
    let Memory {
        values,
        gradients,
        arena,
    } = memory;
    assert_eq!(
        values.len(),
        N::SPEC.value_count(),
        "`{}` is trained with all of its values, `net.values()`",
        N::SPEC.name
    );
    assert_eq!(
        gradients.len(),
        N::SPEC.parameter_count,
        "`{}` has a gradient by each of its parameters",
        N::SPEC.name
    );
    assert!(
        N::SPEC.training.has_one_phase(),
        "a layer of `{}` looks at the whole batch: train it by a `TrainingStep`",
        N::SPEC.name
    );
    gather_block::<N, T, S, BLOCK>(simd, block.samples, arena);
    N::forward::<T, S, BLOCK>(simd, pass, values, Arena::of_one_phase(arena), &mut ());
    let total = lose_block::<N, L, T, S, BLOCK>(simd, loss, block, arena);
    N::backward::<T, S, BLOCK>(
        simd,
        pass,
        values,
        gradients,
        Arena::of_one_phase(arena),
        InputGradient::Skip,
        &mut (),
    );
    total
}

/// The number that a network's code and its level each know the samples of a block by. Blocks of one have no level's.
const fn assert_samples<N: Network, S: Simd, const SAMPLES: usize>() {
    assert!(
        N::SPEC.training.samples == 1 || SAMPLES == S::SAMPLES,
        "a level computes blocks of `S::SAMPLES` samples"
    );
}

/// Puts the samples of a block into its arena.
pub fn gather_block<N, T, S, const SAMPLES: usize>(
    simd: S,
    samples: &[&[f32]],
    arena: &mut [N::Element<T, SAMPLES>],
) where
    N: Network,
    T: Scalar,
    S: Simd,
{
    const { assert_samples::<N, S, SAMPLES>() };
    let input = &mut arena[N::SPEC.training.input.clone()];
    N::Element::<T, SAMPLES>::gather(simd, samples, input);
}

/// The loss of a block after the last phase of `N::forward`; its gradient is left in the arena.
pub fn lose_block<N, L, T, S, const SAMPLES: usize>(
    simd: S,
    loss: &L,
    block: Block<'_, <L::Target as Target>::Ref<'_>>,
    arena: &mut [N::Element<T, SAMPLES>],
) -> BlockLoss
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
    S: Simd,
{
    let places = &N::SPEC.training;
    let [output, d_output] = regions(arena, [places.output.clone(), places.d_output.clone()]);
    loss.block(simd, block.total_weight, output, block.targets, d_output)
}
