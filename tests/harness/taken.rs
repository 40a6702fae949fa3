//! A probe that takes over every gradient by parameters that it is offered, and computes them afterwards.

use cnn_runtime::simd::{Scalar, Simd};
use cnn_runtime::{BlockElement, Network, Probe};

/// The offers in the order in which they were made, each with what it reads among what is no number.
pub(crate) struct Taken<N: Network, T: Scalar> {
    offers: Vec<(usize, Vec<N::Element<T>>)>,
}

impl<N: Network, T: Scalar> Taken<N, T> {
    pub(crate) fn nothing() -> Self {
        Self { offers: Vec::new() }
    }

    /// Adds what has been taken to the gradients.
    pub(crate) fn add_to<S: Simd>(self, simd: S, values: &[T], gradients: &mut [T]) {
        for (offer, mut arena) in self.offers {
            N::weight_gradient(simd, offer, values, gradients, &mut arena);
        }
    }
}

impl<N: Network, T: Scalar> Probe<N::Element<T>> for Taken<N, T> {
    fn value(&mut self, _layer: usize, _values: &[N::Element<T>]) {}
    fn gradient(&mut self, _layer: usize, _gradients: &[N::Element<T>]) {}

    fn take(&mut self, offer: usize, kept: &[N::Element<T>], shared: &[N::Element<T>]) -> bool {
        let mut nothing = N::Element::<T>::ZEROS;
        nothing.samples_mut().fill(T::from_f64(f64::NAN));
        let one = &N::SPEC.training.offers[offer];
        let mut arena = vec![nothing; one.len];
        one.copy(kept, shared, &mut arena);
        self.offers.push((offer, arena));
        true
    }
}
