//! Inference in memory that the caller owns, and what an output says; no allocator is needed.
//!
//! `predict` makes that memory on the heap, and keeps it in a `Frozen` network.

use crate::network::Network;
use crate::shape::{Shape, Sizes};
use crate::simd::{Kernel, Level, Simd};

/// Writes the output of a network for one sample into `output`, row-major.
///
/// `packed` holds the weights as [`Network::pack`] lays them out, `N::SPEC.packed` scalars; `arena`
/// is scratch of `N::SPEC.single.len` scalars (of [`scalars`](crate::SampleArena::scalars), if they are
/// not `f32`), overwritten. `N` names the network's code, whatever the storage.
///
/// # Panics
/// If `input` has another length than `N::Input` has elements, or `output` than `N::Output`; if
/// `packed` or `arena` is shorter than it must be.
#[track_caller]
pub fn predict_with<N: Network>(
    packed: &[N::Scalar],
    arena: &mut [N::Scalar],
    input: &[f32],
    output: &mut [N::Scalar],
) {
    assert_sizes::<N>(input, output);
    Level::detect().run(InferSingle::<N> {
        packed,
        arena,
        input,
        output,
    });
}

/// The index of the largest output, the first one of equals: the predicted class. NaN is never the
/// largest.
///
/// ```
/// use cnn_runtime::infer::argmax;
///
/// assert_eq!(argmax(&[0.5, 2.0, -1.0, 2.0]), Some(1));
/// assert_eq!(argmax(&[f32::NAN, 1.0]), Some(1));
/// assert_eq!(argmax::<f32>(&[]), None);
/// ```
#[must_use]
pub fn argmax<T: PartialOrd>(outputs: &[T]) -> Option<usize> {
    let is_number = |&index: &usize| outputs[index].partial_cmp(&outputs[index]).is_some();
    (0..outputs.len()).filter(is_number).reduce(|best, index| {
        if outputs[index] > outputs[best] {
            index
        } else {
            best
        }
    })
}

/// One sample through the network, from and to row-major elements, as many as it has.
pub(crate) struct InferSingle<'a, N: Network> {
    pub(crate) packed: &'a [N::Scalar],
    pub(crate) arena: &'a mut [N::Scalar],
    pub(crate) input: &'a [f32],
    pub(crate) output: &'a mut [N::Scalar],
}

impl<N: Network> Kernel for InferSingle<'_, N> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        let Self {
            packed,
            arena,
            input,
            output,
        } = self;
        N::infer_single(simd, packed, arena, input, output);
    }
}

/// Refuses a sample, or a place for its output, of another length.
#[track_caller]
pub(crate) fn assert_sizes<N: Network>(input: &[f32], output: &[N::Scalar]) {
    assert_sample::<N>(input);
    assert!(
        output.len() == N::Output::ELEMENTS,
        "the output of `{}` has {} elements ({}), found a place for {}",
        N::SPEC.name,
        N::Output::ELEMENTS,
        Sizes(N::Output::SIZES),
        output.len(),
    );
}

/// Refuses a sample of another length.
#[track_caller]
pub(crate) fn assert_sample<N: Network>(input: &[f32]) {
    assert!(
        input.len() == N::Input::ELEMENTS,
        "a sample of `{}` has {} elements ({}), found {}",
        N::SPEC.name,
        N::Input::ELEMENTS,
        Sizes(N::Input::SIZES),
        input.len(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Toy;

    #[test]
    #[should_panic(expected = "a sample of `Toy` has 4 elements (4), found 5")]
    fn an_input_of_another_length_is_refused_with_the_sizes() {
        predict_with::<Toy<f32>>(&[0.0; 67], &mut [0.0; 15], &[0.0; 5], &mut [0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "the output of `Toy` has 3 elements (3), found a place for 2")]
    fn an_output_of_another_length_is_refused_with_the_sizes() {
        predict_with::<Toy<f32>>(&[0.0; 67], &mut [0.0; 15], &[0.0; 4], &mut [0.0; 2]);
    }
}
