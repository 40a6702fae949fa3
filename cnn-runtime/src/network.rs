//! The trait that the generated code implements, and its relations to data and losses.

use crate::arena::Arena;
use crate::element::BlockElement;
use crate::lanes::Lanes;
use crate::pass::Pass;
use crate::shape::{Chw, Cl, Flat, Shape};
use crate::simd::{Scalar, Simd};
use crate::spec::Spec;

/// A network that `network!` generated: its storage, and its code over flat vectors.
///
/// The code functions take vectors that the caller owns and allocate nothing. They are generic over
/// the scalar, independent of the storage's: the gradient check runs them in `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a network",
    label = "not declared in `network! {{ … }}`"
)]
pub trait Network: Send + Sync {
    /// The scalar of the storage.
    type Scalar: Scalar;
    /// The shape of one sample.
    type Input: Shape;
    /// The shape of its output.
    type Output: Shape;
    /// The number of elements of the input.
    type InputElements: typenum::Unsigned;
    /// The number of elements of the output.
    type OutputElements: typenum::Unsigned;

    /// An element of a value in a training block: [`Lanes`] of so many samples, sixteen or [`FEW`](crate::FEW), or the
    /// scalar of one, as `SPEC.training.samples` says.
    type Element<T: Scalar, const SAMPLES: usize>: BlockElement<Scalar = T>;

    /// Layers, parameters and arenas.
    const SPEC: &'static Spec;

    /// All that the network holds in one vector: the parameters, tensor by tensor in the order of
    /// `SPEC.parameters`, behind them those of frozen layers, and at last the running statistics.
    fn values(&self) -> &[Self::Scalar];
    /// All that the network holds, to be changed.
    fn values_mut(&mut self) -> &mut [Self::Scalar];

    /// The parameters, which training changes by their gradients; not those of frozen layers.
    fn parameters(&self) -> &[Self::Scalar] {
        &self.values()[..Self::SPEC.parameter_count]
    }
    /// The parameters, to be changed.
    fn parameters_mut(&mut self) -> &mut [Self::Scalar] {
        &mut self.values_mut()[..Self::SPEC.parameter_count]
    }

    /// The running statistics, tensor by tensor in the order of `SPEC.statistics`.
    fn statistics(&self) -> &[Self::Scalar] {
        &self.values()[Self::SPEC.parameter_count + Self::SPEC.frozen_count..]
    }
    /// The running statistics, to be changed.
    fn statistics_mut(&mut self) -> &mut [Self::Scalar] {
        &mut self.values_mut()[Self::SPEC.parameter_count + Self::SPEC.frozen_count..]
    }

    /// One phase of training forward on one block, with all values of a network. The first reads `arena.kept[SPEC.training.input]`,
    /// the last writes `arena.kept[SPEC.training.output]`; `arena.kept` holds what later phases and
    /// `backward` need.
    fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        pass: &Pass<'_, T>,
        values: &[T],
        arena: Arena<'_, Self::Element<T, SAMPLES>>,
        probe: &mut dyn Probe<Self::Element<T, SAMPLES>>,
    );

    /// One phase of backward on a block after its `forward`, with the same values. The first reads
    /// `arena.kept[SPEC.training.d_output]`, all add to `gradients`, which are those of the parameters that
    /// training learns, and the last writes
    /// `arena.kept[SPEC.training.d_input]` if asked for it.
    fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        pass: &Pass<'_, T>,
        values: &[T],
        gradients: &mut [T],
        arena: Arena<'_, Self::Element<T, SAMPLES>>,
        input_gradient: InputGradient,
        probe: &mut dyn Probe<Self::Element<T, SAMPLES>>,
    );

    /// What `backward` would add to `gradients` at one of the [`offers`](crate::TrainingArena::offers) to its
    /// probe, from what the offer has [copied](crate::Offer::copy) to `arena`. The rest of that may hold anything,
    /// and is overwritten.
    fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        offer: usize,
        values: &[T],
        gradients: &mut [T],
        arena: &mut [Self::Element<T, SAMPLES>],
    );

    /// Makes the weights that [`infer`](Network::infer) reads in place of the network's: those into
    /// which a batch normalization behind them is folded. `packed` has `SPEC.packed_block` elements:
    /// none, if nothing is folded.
    fn pack_block<T: Scalar>(values: &[T], packed: &mut [T]);

    /// Inference on one block with all values of a network, and what `pack_block` has made of them:
    /// reads `arena[SPEC.inference.input]`, writes `arena[SPEC.inference.output]`.
    fn infer<T: Scalar, S: Simd>(simd: S, values: &[T], packed: &[T], arena: &mut [Lanes<T>]);

    /// Lays all values of a network out for [`infer_single`](Network::infer_single), batch
    /// normalization folded into the weights before it: `packed` has `SPEC.packed` elements.
    fn pack<T: Scalar>(values: &[T], packed: &mut [T]);

    /// Inference with packed weights on one row-major sample, to a row-major result; `arena` is scratch
    /// of [`SPEC.single.scalars::<T>()`](crate::SampleArena::scalars) elements.
    fn infer_single<T: Scalar, S: Simd>(
        simd: S,
        packed: &[T],
        arena: &mut [T],
        sample: &[f32],
        result: &mut [T],
    );
}

/// Whether `backward` computes the gradient by the input, which training does not need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputGradient {
    /// Leave it out.
    Skip,
    /// Compute it.
    Compute,
}

/// Sees every layer's result as it is computed, and may take work over; `()` sees nothing and takes nothing.
///
/// It finds the layer where values stop being finite, and shows a learner what flows. `E` is the
/// [element](Network::Element) of a training block. Passes take it as an object, so that they are compiled
/// once for all probes.
pub trait Probe<E> {
    /// The output of layer `layer` (an index of `SPEC.layers`) after its forward function. Layers
    /// that were fused are seen once, as the last of them.
    fn value(&mut self, layer: usize, values: &[E]);
    /// The gradient by the input of layer `layer`, after its backward function; not of a branch of a sum to
    /// which the sum's own gradient is handed on without a copy.
    fn gradient(&mut self, layer: usize, gradients: &[E]);
    /// Whether the probe takes over a gradient by parameters, one of the
    /// [`offers`](crate::TrainingArena::offers), from what both parts of the [`Arena`] hold:
    /// [`weight_gradient`](Network::weight_gradient) computes it.
    fn take(&mut self, offer: usize, kept: &[E], shared: &[E]) -> bool {
        let _ = (offer, kept, shared);
        false
    }
}

impl<E> Probe<E> for () {
    fn value(&mut self, _layer: usize, _values: &[E]) {}
    fn gradient(&mut self, _layer: usize, _gradients: &[E]) {}
}

/// A network that takes samples of shape `Sample`.
///
/// Implemented for every network and the shape of its input.
pub trait Accepts<Sample>: Network {}

impl<N: Network, Sample: Shape + IsInput<N::Input>> Accepts<Sample> for N {}

/// Equality of two shapes, as a bound whose violation can be put in words.
#[diagnostic::on_unimplemented(
    message = "the network takes samples of shape `{Input}`, not `{Self}`",
    label = "the data set gives samples of shape `{Self}`",
    note = "the first shape of the declaration in `network!` is the shape of a sample"
)]
pub trait IsInput<Input> {}

impl<S> IsInput<S> for S {}

/// A network that can take what `Previous` gives.
///
/// Implemented if its input has the shape of the other's output, or is flat with as many elements.
/// The networks may come from different crates.
pub trait Follows<Previous: Network>: Network {}

impl<Previous, Next> Follows<Previous> for Next
where
    Previous: Network,
    Next: Network,
    Previous::Output: Becomes<Next::Input, Previous, Next>,
{
}

/// Whether an output can be an input, as a bound whose violation can be put in words.
///
/// The networks are what the numbers of elements are compared by, so that no message shows
/// `typenum`'s numbers.
#[diagnostic::on_unimplemented(
    message = "`{Next}` cannot follow `{Previous}`: it takes `{Input}`, not `{Self}`",
    label = "`{Previous}` gives `{Self}`, and this network takes `{Input}`",
    note = "the shapes must be equal, or the second one flat with as many elements"
)]
pub trait Becomes<Input, Previous, Next> {}

#[diagnostic::do_not_recommend]
impl<const C: usize, const H: usize, const W: usize, Previous, Next>
    Becomes<Chw<C, H, W>, Previous, Next> for Chw<C, H, W>
{
}

#[diagnostic::do_not_recommend]
impl<const C: usize, const L: usize, Previous, Next> Becomes<Cl<C, L>, Previous, Next>
    for Cl<C, L>
{
}

#[diagnostic::do_not_recommend]
impl<Output, const N: usize, Previous, Next> Becomes<Flat<N>, Previous, Next> for Output
where
    Previous: Network,
    Next: Network<InputElements = Previous::OutputElements>,
{
}
