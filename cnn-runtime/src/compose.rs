//! Two networks as one, for inference.
//!
//! Both stay networks of their own, and may come from different crates. To train layers together,
//! declare them together.

use core::fmt;

use alloc::vec;
use alloc::vec::Vec;

use crate::buffer::Buffer;
use crate::network::{Follows, Network};
use crate::predict::Frozen;
use crate::shape::Shape;

/// A network for inference, and another one that takes what it gives.
pub struct Composed<A: Network, B: Network> {
    first: Frozen<A>,
    second: Frozen<B>,
    between: Buffer<A::Scalar>,
}

/// Freezes two networks as one: `second` takes what `first` gives.
///
/// It does not compile if the shapes do not fit.
#[must_use]
pub fn compose<A, B>(first: &A, second: &B) -> Composed<A, B>
where
    A: Network<Scalar = f32>,
    B: Follows<A>,
{
    Composed {
        first: Frozen::new(first),
        second: Frozen::new(second),
        between: Buffer::zeroed(A::Output::ELEMENTS),
    }
}

impl<A: Network<Scalar = f32>, B: Network> Composed<A, B> {
    /// The output of the second network for one sample of the first, row-major.
    ///
    /// # Panics
    /// If `input` has another length than `A::Input` has elements.
    #[must_use]
    #[track_caller]
    pub fn predict(&mut self, input: &[f32]) -> Vec<B::Scalar> {
        let mut output = vec![B::Scalar::default(); B::Output::ELEMENTS];
        self.predict_into(input, &mut output);
        output
    }

    /// Writes the output for one sample into `output`; allocates nothing.
    ///
    /// # Panics
    /// If `input` has another length than `A::Input` has elements, or `output` than `B::Output`.
    #[track_caller]
    pub fn predict_into(&mut self, input: &[f32], output: &mut [B::Scalar]) {
        self.first.predict_into(input, &mut self.between);
        self.second.predict_into(&self.between, output);
    }
}

impl<A: Network, B: Network> fmt::Debug for Composed<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Composed {} and {}", A::SPEC.name, B::SPEC.name)
    }
}
