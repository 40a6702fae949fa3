//! Loss and accuracy of a network on a data set, without training.

use core::ops::Range;
use std::thread;
use std::vec;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::lanes::{BLOCK, Lanes, gather};
use crate::loss::{BlockLoss, Loss};
use crate::network::{Accepts, Network};
use crate::shape::Shape;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::train::batch::Batch;
use crate::train::check::check_data;

/// The figures of a network on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// The share of samples classified correctly, in `0..=1`; `None` for a loss without classes.
    pub accuracy: Option<f64>,
}

/// Evaluates `net` on all samples of `data`; the result does not depend on `threads`.
///
/// # Errors
/// An empty data set, zero threads, or data that the network or the loss cannot take.
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
    check_data::<N::Output, L, D>("given", level, loss, data)?;
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
    let share = totals.len().div_ceil(threads).max(1);
    let run = |index: usize, totals: &mut [BlockLoss]| {
        let first = index * share;
        level.run(Evaluate {
            net,
            loss,
            data,
            blocks: first..first + totals.len(),
            totals,
        });
    };
    thread::scope(|scope| {
        let mut shares = totals.chunks_mut(share).enumerate();
        let own = shares.next();
        for (index, totals) in shares {
            scope.spawn(move || run(index, totals));
        }
        if let Some((index, totals)) = own {
            run(index, totals);
        }
    });
    // Block by block, whoever computed them, so that the sum has the same bits.
    let mut total = BlockLoss::default();
    totals.into_iter().for_each(|block| total += block);
    Evaluation {
        loss: total.loss,
        accuracy: L::COUNTS_CORRECT.then(|| total.correct as f64 / data.len() as f64),
    }
}

/// The losses of some blocks.
struct Evaluate<'a, N, L, D> {
    net: &'a N,
    loss: &'a L,
    data: &'a D,
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
        let mut arena = vec![zero; places.len];
        let mut d_output = vec![zero; N::Output::ELEMENTS];
        for (index, total) in self.blocks.zip(self.totals) {
            *total = All(self.data).with_block(index, |block| {
                simd.vectorize(
                    #[inline(always)]
                    || gather(block.samples, &mut arena[places.input.clone()]),
                );
                N::infer(simd, self.net.values(), &mut arena);
                let output = &arena[places.output.clone()];
                let (batch, targets) = (block.batch, block.targets);
                self.loss.block(simd, batch, output, targets, &mut d_output)
            });
        }
    }
}

/// A whole data set as one batch.
struct All<'a, D>(&'a D);

impl<'a, D: Dataset> Batch<'a, D::Target> for All<'a, D> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn sample(&self, place: usize) -> &'a [f32] {
        self.0.sample(place)
    }
    fn target(&self, place: usize) -> <D::Target as crate::Target>::Ref<'a> {
        self.0.target(place)
    }
}
