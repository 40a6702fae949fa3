//! Networks whose gradients are wrong on purpose, to see whether the gradient check can fail.

// Every test binary compiles its own copy and uses a part of it.
#![allow(dead_code)]

use std::marker::PhantomData;

use cnn_runtime::simd::{Scalar, Simd};
use cnn_runtime::{Arena, BlockElement, InputGradient, Lanes, Network, Pass, Probe, Spec};

/// `N` with the mistake `M` planted in its gradients.
#[derive(Debug)]
pub(crate) struct Planted<N, M>(pub(crate) N, PhantomData<M>);

impl<N, M> Planted<N, M> {
    pub(crate) fn new(net: N) -> Self {
        Self(net, PhantomData)
    }
}

/// A way to get the gradient of a convolution wrong.
pub(crate) trait Mistake: Send + Sync + 'static {
    /// Changes the right gradient of one block, kernel by kernel (`[ky][kx]`, row-major).
    ///
    /// `delta_times_output` is the sum, over samples and positions of the kernel's output channel, of
    /// the network's output times the gradient by it.
    fn spoil<T: Scalar>(kernel: &mut [T], delta_times_output: T);

    /// Changes the right gradient by the input.
    fn spoil_input<E: BlockElement>(_d_input: &mut [E]) {}

    /// Is told of each gradient by weights that is not computed by the backward pass itself.
    fn offered() {}
}

/// What no phase may find where another has computed.
fn forget<E: BlockElement>(shared: &mut [E]) {
    let samples = shared.iter_mut().flat_map(E::samples_mut);
    samples.for_each(|value| *value = E::Scalar::from_f64(f64::NAN));
}

/// No mistake: what the wrapper does must not itself be at fault.
pub(crate) struct Nothing;
impl Mistake for Nothing {
    fn spoil<T: Scalar>(_kernel: &mut [T], _delta_times_output: T) {}
}

/// One number for all taps: the sum over all positions of delta × output. This is how the question
/// began that this project answers.
pub(crate) struct OneScalar;
impl Mistake for OneScalar {
    fn spoil<T: Scalar>(kernel: &mut [T], delta_times_output: T) {
        kernel.fill(delta_times_output);
    }
}

/// The input is read one column too far.
pub(crate) struct ShiftedTap;
impl Mistake for ShiftedTap {
    fn spoil<T: Scalar>(kernel: &mut [T], _delta_times_output: T) {
        kernel.rotate_left(1);
    }
}

/// The 2 of the square's derivative was forgotten.
pub(crate) struct MissingFactor;
impl Mistake for MissingFactor {
    fn spoil<T: Scalar>(kernel: &mut [T], _delta_times_output: T) {
        kernel
            .iter_mut()
            .for_each(|tap| *tap = *tap * T::from_f64(0.5));
    }
}

/// Correlation is taken for convolution.
pub(crate) struct FlippedKernel;
impl Mistake for FlippedKernel {
    fn spoil<T: Scalar>(kernel: &mut [T], _delta_times_output: T) {
        kernel.reverse();
    }
}

/// The weights' gradient is right, the input's is half of it.
pub(crate) struct HalfInput;
impl Mistake for HalfInput {
    fn spoil<T: Scalar>(_kernel: &mut [T], _delta_times_output: T) {}

    fn spoil_input<E: BlockElement>(d_input: &mut [E]) {
        let half = E::Scalar::from_f64(0.5);
        for element in d_input {
            element
                .samples_mut()
                .iter_mut()
                .for_each(|d| *d = *d * half);
        }
    }
}

/// Nothing is ever added.
pub(crate) struct Zeros;
impl Mistake for Zeros {
    fn spoil<T: Scalar>(kernel: &mut [T], _delta_times_output: T) {
        kernel.fill(T::ZERO);
    }
}

impl<N: Network, M: Mistake> Network for Planted<N, M> {
    type Scalar = N::Scalar;
    type Input = N::Input;
    type Output = N::Output;
    type InputElements = N::InputElements;
    type OutputElements = N::OutputElements;
    type Element<T: Scalar, const SAMPLES: usize> = N::Element<T, SAMPLES>;
    const SPEC: &'static Spec = N::SPEC;

    fn values(&self) -> &[N::Scalar] {
        self.0.values()
    }

    fn values_mut(&mut self) -> &mut [N::Scalar] {
        self.0.values_mut()
    }

    fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        pass: &Pass<'_, T>,
        parameters: &[T],
        arena: Arena<'_, N::Element<T, SAMPLES>>,
        probe: &mut dyn Probe<N::Element<T, SAMPLES>>,
    ) {
        forget(arena.shared);
        N::forward::<T, S, SAMPLES>(simd, pass, parameters, arena, probe);
    }

    fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        pass: &Pass<'_, T>,
        parameters: &[T],
        gradients: &mut [T],
        arena: Arena<'_, N::Element<T, SAMPLES>>,
        input_gradient: InputGradient,
        probe: &mut dyn Probe<N::Element<T, SAMPLES>>,
    ) {
        forget(arena.shared);
        let places = &N::SPEC.training;
        // The convolution comes first, so its gradients belong to the last phase.
        if pass.phase < places.backward.len() {
            return N::backward::<T, S, SAMPLES>(
                simd,
                pass,
                parameters,
                gradients,
                arena,
                input_gradient,
                probe,
            );
        }
        let Arena { kept, shared } = arena;
        let output = kept[places.output.clone()].to_vec();
        let d_output = kept[places.d_output.clone()].to_vec();
        let mut right = vec![T::ZERO; gradients.len()];
        N::backward::<T, S, SAMPLES>(
            simd,
            pass,
            parameters,
            &mut right,
            Arena {
                kept: &mut *kept,
                shared,
            },
            input_gradient,
            probe,
        );

        let mut tensors = N::SPEC.parameters.iter();
        let weight = tensors
            .find(|tensor| tensor.shape.len() == 4)
            .expect("the network has a convolution");
        let [out_channels, in_channels, height, width] = weight.shape else {
            panic!("the weights of a convolution have four dimensions");
        };
        let positions = output.len() / out_channels;
        let kernels = right[weight.range()].chunks_mut(height * width);
        for (number, kernel) in kernels.enumerate() {
            let channel = number / in_channels * positions..(number / in_channels + 1) * positions;
            M::spoil(kernel, dot(&output[channel.clone()], &d_output[channel]));
        }
        for (sum, right) in gradients.iter_mut().zip(right) {
            *sum += right;
        }
        M::spoil_input(&mut kept[places.d_input.clone()]);
    }

    fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        offer: usize,
        values: &[T],
        gradients: &mut [T],
        arena: &mut [N::Element<T, SAMPLES>],
    ) {
        M::offered();
        N::weight_gradient::<T, S, SAMPLES>(simd, offer, values, gradients, arena);
    }

    fn pack_block<T: Scalar>(values: &[T], packed: &mut [T]) {
        N::pack_block(values, packed);
    }

    fn infer<T: Scalar, S: Simd>(simd: S, values: &[T], packed: &[T], arena: &mut [Lanes<T>]) {
        N::infer(simd, values, packed, arena);
    }

    fn pack<T: Scalar>(values: &[T], packed: &mut [T]) {
        N::pack(values, packed);
    }

    fn infer_single<T: Scalar, S: Simd>(
        simd: S,
        packed: &[T],
        arena: &mut [T],
        sample: &[f32],
        result: &mut [T],
    ) {
        N::infer_single(simd, packed, arena, sample, result);
    }
}

/// The sum of all products, over samples too.
fn dot<E: BlockElement>(left: &[E], right: &[E]) -> E::Scalar {
    let mut sum = E::Scalar::from_f64(0.0);
    for (left, right) in left.iter().zip(right) {
        for (&left, &right) in left.samples().iter().zip(right.samples()) {
            sum += left * right;
        }
    }
    sum
}
