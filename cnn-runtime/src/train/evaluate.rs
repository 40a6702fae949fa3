//! Loss and accuracy of a network on a data set, without training.

use core::ops::Range;
use std::vec;

use crate::buffer::Buffer;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::lanes::{BLOCK, Lanes, gather_squares};
use crate::loss::{BlockLoss, Loss};
use crate::network::{Accepts, Network};
use crate::shape::Shape;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::train::batch::Batch;
use crate::train::check::{GIVEN, check_data};
use crate::train::host::possible_threads;
use crate::train::threads::in_shares;

/// The figures of a network on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// The share of correct predictions, in `0..=1`: samples, or pixels where each has a class; `None`
    /// for a loss without classes.
    pub accuracy: Option<f64>,
}

/// Evaluates `net` on all samples of `data`; the result does not depend on `threads`.
///
/// # Errors
/// An empty data set, zero threads, hyperparameters of the loss that make no sense, or data that the
/// network or the loss cannot take.
pub fn evaluate<N, L, D>(net: &N, loss: &L, data: &D, threads: usize) -> Result<Evaluation>
where
    N: Accepts<D::Sample>,
    L: Loss<<N as Network>::Output>,
    D: Dataset<Target = L::Target>,
{
    if threads == 0 {
        return Err(Error::ZERO_THREADS);
    }
    let level = Level::detect();
    check_data::<N::Output, L, D>(GIVEN, level, loss, data)?;
    Ok(evaluate_checked(net, loss, data, threads, level))
}

/// [`evaluate`] for data that have been checked.
pub(super) fn evaluate_checked<N, L, D>(
    net: &N,
    loss: &L,
    data: &D,
    threads: usize,
    level: Level,
) -> Evaluation
where
    N: Network,
    L: Loss<<N as Network>::Output>,
    D: Dataset<Target = L::Target>,
{
    let mut totals = vec![BlockLoss::default(); data.len().div_ceil(BLOCK)];
    let total_weight = loss.total_weight((0..data.len()).map(|sample| data.target(sample)));
    let mut packed = vec![N::Scalar::ZERO; N::SPEC.packed_block];
    N::pack_block(net.values(), &mut packed);
    let packed = &packed[..];
    let share = totals.len().div_ceil(possible_threads(threads)).max(1);
    in_shares(&mut totals, share, &|first, totals| {
        level.run(Evaluate {
            net,
            packed,
            loss,
            data,
            total_weight,
            blocks: first..first + totals.len(),
            totals,
        });
    });
    // Block by block, whoever computed them, so that the sum has the same bits.
    let mut total = BlockLoss::default();
    totals.into_iter().for_each(|block| total += block);
    Evaluation {
        loss: total.loss,
        accuracy: L::COUNTS_CORRECT.then(|| total.correct as f64 / total.counted as f64),
    }
}

/// The losses of some blocks.
struct Evaluate<'a, N: Network, L, D> {
    net: &'a N,
    packed: &'a [N::Scalar],
    loss: &'a L,
    data: &'a D,
    total_weight: f64,
    blocks: Range<usize>,
    totals: &'a mut [BlockLoss],
}

impl<N, L, D> Kernel for Evaluate<'_, N, L, D>
where
    N: Network,
    L: Loss<<N as Network>::Output>,
    D: Dataset<Target = L::Target>,
{
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        let places = &N::SPEC.inference;
        let zero = Lanes::splat(N::Scalar::ZERO);
        let mut arena = Buffer::zeroed(places.len);
        let mut d_output = vec![zero; N::Output::ELEMENTS];
        for (index, total) in self.blocks.zip(self.totals) {
            let all = All {
                data: self.data,
                total_weight: self.total_weight,
            };
            let samples = index * BLOCK..self.data.len().min((index + 1) * BLOCK);
            *total = all.with_block(samples, |block| {
                gather_squares(simd, block.samples, &mut arena[places.input.clone()]);
                N::infer(simd, self.net.values(), self.packed, &mut arena);
                let output = &arena[places.output.clone()];
                let (total_weight, targets) = (block.total_weight, block.targets);
                self.loss
                    .block(simd, total_weight, output, targets, &mut d_output)
            });
        }
    }
}

/// A whole data set as one batch.
struct All<'a, D> {
    data: &'a D,
    total_weight: f64,
}

impl<'a, D: Dataset> Batch<'a, D::Target> for All<'a, D> {
    fn len(&self) -> usize {
        self.data.len()
    }
    fn total_weight(&self) -> f64 {
        self.total_weight
    }
    fn sample(&self, place: usize) -> &'a [f32] {
        self.data.sample(place)
    }
    fn target(&self, place: usize) -> <D::Target as crate::Target>::Ref<'a> {
        self.data.target(place)
    }
}
