//! A data set whose targets are known to be those of the loss.
//!
//! `fit` asks for the equality by a trait, so that its violation is put in words; everything behind
//! it relies on the equality itself.

use core::marker::PhantomData;

use crate::data::Dataset;
use crate::target::{IsTarget, Target};

/// The data set `D` with targets of kind `T`, which are its own.
pub(super) struct ForLoss<'d, D, T> {
    data: &'d D,
    target: PhantomData<fn() -> T>,
}

impl<'d, D, T> ForLoss<'d, D, T> {
    pub(super) fn new(data: &'d D) -> Self {
        Self {
            data,
            target: PhantomData,
        }
    }
}

impl<D: Dataset<Target: IsTarget<T>>, T: Target> Dataset for ForLoss<'_, D, T> {
    type Sample = D::Sample;
    type Target = T;

    fn len(&self) -> usize {
        self.data.len()
    }
    fn sample(&self, index: usize) -> &[f32] {
        self.data.sample(index)
    }
    fn target(&self, index: usize) -> T::Ref<'_> {
        D::Target::same(self.data.target(index))
    }
}
