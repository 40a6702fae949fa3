//! A probe that takes over every gradient by parameters that it is offered, and computes them afterwards.

use cnn_runtime::simd::{Scalar, Simd};
use cnn_runtime::{BlockElement, Network, Probe};

/// The offers in the order in which they were made, each with what it reads among what is no number.
pub(crate) struct Taken<N: Network, T: Scalar, const SAMPLES: usize> {
    offers: Vec<(usize, Vec<N::Element<T, SAMPLES>>)>,
}

impl<N: Network, T: Scalar, const SAMPLES: usize> Taken<N, T, SAMPLES> {
    pub(crate) fn nothing() -> Self {
        Self { offers: Vec::new() }
    }

    /// Adds what has been taken to the gradients.
    pub(crate) fn add_to<S: Simd>(self, simd: S, values: &[T], gradients: &mut [T]) {
        for (offer, mut arena) in self.offers {
            N::weight_gradient::<T, S, SAMPLES>(simd, offer, values, gradients, &mut arena);
        }
    }
}

impl<N: Network, T: Scalar, const SAMPLES: usize> Probe<N::Element<T, SAMPLES>>
    for Taken<N, T, SAMPLES>
{
    fn value(&mut self, _layer: usize, _values: &[N::Element<T, SAMPLES>]) {}
    fn gradient(&mut self, _layer: usize, _gradients: &[N::Element<T, SAMPLES>]) {}

    fn take(
        &mut self,
        offer: usize,
        kept: &[N::Element<T, SAMPLES>],
        shared: &[N::Element<T, SAMPLES>],
    ) -> bool {
        let mut nothing = N::Element::<T, SAMPLES>::ZEROS;
        nothing.samples_mut().fill(T::from_f64(f64::NAN));
        let one = &N::SPEC.training.offers[offer];
        let mut arena = vec![nothing; one.len];
        one.copy(kept, shared, &mut arena);
        self.offers.push((offer, arena));
        true
    }
}
