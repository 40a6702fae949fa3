//! What the samples of a training block have in common: an element of a value, of many samples or of
//! one.
//!
//! A network is trained in blocks of sixteen or eight samples, which lie in the lanes of [`Lanes`], or in blocks of
//! one sample, whose elements are scalars in their natural order. `network!` chooses, and
//! [`Network::Element`](crate::Network::Element) says which.

use core::fmt;

use crate::inlined::zip;
use crate::lanes::{BLOCK, Lanes, gather_squares};
use crate::sample::place;
use crate::simd::{Scalar, Simd};

/// One element of a value for each sample of a training block: [`Lanes`] of many samples, or the
/// scalar of one.
///
/// ```
/// use cnn_runtime::{BlockElement, Lanes};
///
/// fn mean<E: BlockElement<Scalar = f64>>(elements: &[E], sample: usize) -> f64 {
///     let sum: f64 = elements.iter().map(|e| e.samples()[sample]).sum();
///     sum / elements.len() as f64
/// }
/// assert_eq!(mean(&[1.0, 2.0], 0), 1.5);
/// assert_eq!(mean(&[<Lanes<f64>>::splat(1.0), Lanes::splat(2.0)], 15), 1.5);
/// ```
pub trait BlockElement: Copy + Default + PartialEq + Send + Sync + fmt::Debug + 'static {
    /// The element of one sample.
    type Scalar: Scalar;
    /// How many samples a block holds.
    const SAMPLES: usize;
    /// Zero of every sample.
    const ZEROS: Self;

    /// The element of every sample.
    fn samples(&self) -> &[Self::Scalar];
    /// The element of every sample, to be changed.
    fn samples_mut(&mut self) -> &mut [Self::Scalar];

    /// Lays up to as many samples as a block holds into it, each with as many elements as the block.
    /// Where a sample is missing there are zeros.
    fn gather<S: Simd>(simd: S, samples: &[&[f32]], block: &mut [Self]);

    /// How many elements a row has, of which the last row may have fewer.
    ///
    /// A row is up to sixteen scalars, what a loss computes by registers: one element of all samples, or
    /// sixteen neighbouring elements of one sample.
    const ROW: usize;
    /// One of the rows.
    fn row(value: &[Self], index: usize) -> &[Self::Scalar];
    /// One of the rows, to be changed.
    fn row_mut(value: &mut [Self], index: usize) -> &mut [Self::Scalar];
    /// Which sample of the block stands in a lane of a row, and which of its elements.
    fn at(row: usize, lane: usize) -> [usize; 2];
    /// Calls `body` with the index of each row, that row of a value, and the same of its gradient.
    fn each_row(
        value: &[Self],
        gradient: &mut [Self],
        body: impl FnMut(usize, &[Self::Scalar], &mut [Self::Scalar]),
    );
}

impl<T: Scalar, const SAMPLES: usize> BlockElement for Lanes<T, SAMPLES> {
    type Scalar = T;
    const SAMPLES: usize = SAMPLES;
    const ROW: usize = 1;
    const ZEROS: Self = Self::splat(T::ZERO);

    #[inline(always)]
    fn samples(&self) -> &[T] {
        &self.0
    }
    #[inline(always)]
    fn samples_mut(&mut self) -> &mut [T] {
        &mut self.0
    }

    #[inline(always)]
    fn gather<S: Simd>(simd: S, samples: &[&[f32]], block: &mut [Self]) {
        gather_squares(simd, samples, block);
    }

    #[inline(always)]
    fn row(value: &[Self], index: usize) -> &[T] {
        &value[index].0
    }
    #[inline(always)]
    fn row_mut(value: &mut [Self], index: usize) -> &mut [T] {
        &mut value[index].0
    }
    #[inline(always)]
    fn at(row: usize, lane: usize) -> [usize; 2] {
        [lane, row]
    }
    #[inline(always)]
    fn each_row(
        value: &[Self],
        gradient: &mut [Self],
        mut body: impl FnMut(usize, &[T], &mut [T]),
    ) {
        for (index, (value, gradient)) in zip(value, gradient).enumerate() {
            body(index, &value.0, &mut gradient.0);
        }
    }
}

impl<T: Scalar> BlockElement for T {
    type Scalar = T;
    const SAMPLES: usize = 1;
    const ROW: usize = BLOCK;
    const ZEROS: Self = T::ZERO;

    #[inline(always)]
    fn samples(&self) -> &[T] {
        core::slice::from_ref(self)
    }
    #[inline(always)]
    fn samples_mut(&mut self) -> &mut [T] {
        core::slice::from_mut(self)
    }

    #[inline(always)]
    fn gather<S: Simd>(_simd: S, samples: &[&[f32]], block: &mut [Self]) {
        match samples.first() {
            Some(sample) => place(sample, block),
            None => block.fill(T::ZERO),
        }
    }

    #[inline(always)]
    fn row(value: &[Self], index: usize) -> &[T] {
        let rest = &value[index * BLOCK..];
        &rest[..rest.len().min(BLOCK)]
    }
    #[inline(always)]
    fn row_mut(value: &mut [Self], index: usize) -> &mut [T] {
        let rest = &mut value[index * BLOCK..];
        let end = rest.len().min(BLOCK);
        &mut rest[..end]
    }
    #[inline(always)]
    fn at(row: usize, lane: usize) -> [usize; 2] {
        [0, row * BLOCK + lane]
    }
    #[inline(always)]
    fn each_row(
        value: &[Self],
        gradient: &mut [Self],
        mut body: impl FnMut(usize, &[T], &mut [T]),
    ) {
        // Whole rows by themselves: their length is known to the compiler.
        let (rows, rest) = value.as_chunks::<BLOCK>();
        let (gradients, rest_of_gradient) = gradient.as_chunks_mut::<BLOCK>();
        for (index, (value, gradient)) in zip(rows, gradients).enumerate() {
            body(index, value, gradient);
        }
        if !rest.is_empty() {
            body(rows.len(), rest, rest_of_gradient);
        }
    }
}
