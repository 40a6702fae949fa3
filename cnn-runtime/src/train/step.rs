//! One training step: the gradients of a batch, and the update of the parameters.
//!
//! Everything a step needs is made by [`TrainingStep::new`]; a step allocates nothing. Epochs,
//! shuffling and progress belong to the [`Trainer`](crate::train::Trainer).

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::buffer::Buffer;
use crate::clip::Clip;
use crate::error::{Error, Result};
use crate::hyperparameter::not_negative;
use crate::lanes::{BLOCK, Lanes};
use crate::loss::{BlockLoss, Loss};
use crate::network::Network;
use crate::optim::{self, Optimizer};
use crate::sentry::{Sentry, all_finite};
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::target::Target;
use crate::train::batch::{Batch, Slices};
use crate::train::block::{Memory, train_block};
use crate::train::groups::{Groups, group_count};
use crate::train::locate::locate;

/// All buffers of a training step, and the step itself.
///
/// It works on one thread with [`run`](TrainingStep::run), on several with
/// [`with_threads`](TrainingStep::with_threads); the results have the same bits.
pub struct TrainingStep<N: Network, L, O> {
    pub(super) compute: Compute<N, L>,
    pub(super) update: Update<N, O>,
    pub(super) arena: Vec<Lanes<N::Scalar>>,
    pub(super) batch_size: usize,
}

impl<N: Network, L: Loss<N::Output>, O: Optimizer> TrainingStep<N, L, O> {
    /// Makes the buffers for batches of up to `batch_size` samples of networks like `_net`.
    ///
    /// # Errors
    /// A batch size of zero, or hyperparameters of loss or optimizer that make no sense.
    pub fn new(_net: &N, loss: L, optimizer: O, batch_size: usize, level: Level) -> Result<Self> {
        if batch_size == 0 {
            return Err(Error::ZERO_BATCH_SIZE);
        }
        loss.validate()?;
        optimizer.validate()?;
        let spec = N::SPEC;
        let groups = group_count(batch_size, spec);
        let state = optimizer.state_vectors() * spec.parameter_count;
        Ok(Self {
            compute: Compute {
                loss,
                level,
                groups: Groups::new(groups, spec.parameter_count),
                network: PhantomData,
            },
            update: Update {
                optimizer,
                clip: None,
                sentry: Sentry::On,
                steps: 0,
                rate_factor: 1.0,
                state: Buffer::zeroed(state),
                network: PhantomData,
            },
            arena: vec![Lanes::splat(N::Scalar::ZERO); spec.training.len],
            batch_size,
        })
    }

    /// Clips the gradients before every update.
    ///
    /// # Errors
    /// A bound that is not a finite number above zero.
    pub fn clip(mut self, clip: Clip) -> Result<Self> {
        clip.validate()?;
        self.update.clip = Some(clip);
        Ok(self)
    }

    /// Turns the search for infinite values and NaN on (as it is) or off.
    #[must_use]
    pub fn sentry(mut self, sentry: Sentry) -> Self {
        self.update.sentry = sentry;
        self
    }

    /// Multiplies the learning rate of the following steps.
    ///
    /// # Errors
    /// A factor that is negative, infinite or NaN.
    pub fn set_rate_factor(&mut self, factor: f64) -> Result<()> {
        self.update.set_rate_factor(factor)
    }

    /// Runs one step on this thread: changes the parameters, and returns the mean loss of the
    /// batch before the change. Allocates nothing.
    ///
    /// There are as many targets as samples, at least one, and at most the batch size.
    ///
    /// # Errors
    /// [`Error::Diverged`], where the parameters stay as they were.
    ///
    /// # Panics
    /// If the number of samples, or their lengths, are others than said.
    pub fn run<'a>(
        &mut self,
        net: &mut N,
        samples: &[&'a [f32]],
        targets: &[<L::Target as Target>::Ref<'a>],
    ) -> Result<BlockLoss> {
        assert_eq!(samples.len(), targets.len(), "one target for each sample");
        let total_weight = self.compute.loss.total_weight(targets.iter().copied());
        let batch = Slices {
            samples,
            targets,
            total_weight,
        };
        assert_batch_size(samples.len(), self.batch_size);
        self.compute.groups.begin();
        self.compute.work(net.parameters(), &batch, &mut self.arena);
        let arena = &mut self.arena;
        self.update.finish(&self.compute, net, &batch, arena)
    }
}

impl<N: Network, L, O> fmt::Debug for TrainingStep<N, L, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, level) = (N::SPEC.name, self.compute.level);
        write!(f, "TrainingStep of a {name} on {level:?}")
    }
}

pub(super) fn assert_batch_size(found: usize, most: usize) {
    assert!(
        (1..=most).contains(&found),
        "a batch of {found} samples, but the buffers were made for 1 to {most}"
    );
}

/// What all threads share in a step.
pub(super) struct Compute<N: Network, L> {
    pub(super) loss: L,
    pub(super) level: Level,
    pub(super) groups: Groups<N::Scalar>,
    pub(super) network: PhantomData<fn() -> N>,
}

impl<N: Network, L: Loss<N::Output>> Compute<N, L> {
    /// Computes groups, and merges them, until no free one is left.
    pub(super) fn work<'a>(
        &self,
        parameters: &[N::Scalar],
        batch: &impl Batch<'a, L::Target>,
        arena: &mut [Lanes<N::Scalar>],
    ) {
        let blocks = batch.len().div_ceil(BLOCK);
        let count = group_count(batch.len(), N::SPEC);
        while let Some(group) = self.groups.claim(count) {
            let mut slot = self.groups.slot(group);
            slot.total = self.level.run(GroupKernel::<N, L, _> {
                loss: &self.loss,
                batch,
                data: PhantomData,
                blocks: blocks * group / count..blocks * (group + 1) / count,
                memory: Memory {
                    parameters,
                    gradients: &mut slot.gradients,
                    arena,
                },
            });
            drop(slot);
            self.groups.merge(self.level, group, count);
        }
    }
}

/// The gradients of one group's blocks, one after another; `'a` is the life of the data.
struct GroupKernel<'b, 'a, N: Network, L, B> {
    loss: &'b L,
    batch: &'b B,
    data: PhantomData<&'a ()>,
    blocks: Range<usize>,
    memory: Memory<'b, N::Scalar>,
}

impl<'a, N, L, B> Kernel for GroupKernel<'_, 'a, N, L, B>
where
    N: Network,
    L: Loss<N::Output>,
    B: Batch<'a, L::Target>,
{
    type Output = BlockLoss;

    fn run<S: Simd>(self, simd: S) -> BlockLoss {
        let Memory {
            parameters,
            gradients,
            arena,
        } = self.memory;
        gradients.fill(N::Scalar::ZERO);
        let mut total = BlockLoss::default();
        for block in self.blocks {
            total += self.batch.with_block(block, |block| {
                let memory = Memory {
                    parameters,
                    gradients: &mut *gradients,
                    arena: &mut *arena,
                };
                train_block::<N, L, _, S>(simd, self.loss, block, memory)
            });
        }
        total
    }
}

/// What changes the parameters: one per training, on the main thread.
pub(super) struct Update<N: Network, O> {
    optimizer: O,
    clip: Option<Clip>,
    sentry: Sentry,
    steps: u64,
    rate_factor: f64,
    state: Buffer<N::Scalar>,
    network: PhantomData<fn() -> N>,
}

impl<N: Network, O: Optimizer> Update<N, O> {
    pub(super) fn set_rate_factor(&mut self, factor: f64) -> Result<()> {
        let help = "let the schedule give numbers in 0..=1";
        not_negative("factor of the learning rate", factor, help)?;
        self.rate_factor = factor;
        Ok(())
    }

    /// Updates the parameters by the merged gradients, unless something is not finite.
    pub(super) fn finish<'a, L: Loss<N::Output>>(
        &mut self,
        compute: &Compute<N, L>,
        net: &mut N,
        batch: &impl Batch<'a, L::Target>,
        arena: &mut [Lanes<N::Scalar>],
    ) -> Result<BlockLoss> {
        let mut merged = compute.groups.slot(0);
        let outcome = compute.level.run(UpdateKernel {
            optimizer: &self.optimizer,
            clip: self.clip,
            sentry: self.sentry,
            loss: merged.total.loss,
            gradients: &mut merged.gradients,
            step: self.steps + 1,
            rate_factor: self.rate_factor,
            parameters: net.parameters_mut(),
            state: &mut self.state,
        });
        if outcome != Outcome::Good {
            let parameters = net.parameters();
            let gradients = &merged.gradients;
            let mut divergence = locate(compute, outcome, parameters, gradients, batch, arena);
            divergence.step = self.steps + 1;
            return Err(Error::Diverged(divergence.into()));
        }
        self.steps += 1;
        Ok(merged.total)
    }
}

/// What the sentry saw in an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything is finite, or nothing was checked.
    Good,
    /// Loss or gradients are not finite; nothing was changed.
    Refused,
    /// The parameters are no longer finite.
    Spoilt,
}

struct UpdateKernel<'b, O, T> {
    optimizer: &'b O,
    clip: Option<Clip>,
    sentry: Sentry,
    loss: f64,
    gradients: &'b mut [T],
    step: u64,
    rate_factor: f64,
    parameters: &'b mut [T],
    state: &'b mut [T],
}

impl<O: Optimizer, T: Scalar> Kernel for UpdateKernel<'_, O, T> {
    type Output = Outcome;

    fn run<S: Simd>(self, simd: S) -> Outcome {
        let watched = self.sentry == Sentry::On;
        if watched && !(self.loss.is_finite() && all_finite(simd, self.gradients)) {
            return Outcome::Refused;
        }
        if let Some(clip) = self.clip {
            clip.apply(simd, self.gradients);
        }
        let step = optim::Step {
            number: self.step,
            rate_factor: self.rate_factor,
            parameters: &mut *self.parameters,
            gradients: self.gradients,
            state: self.state,
        };
        self.optimizer.step(simd, step);
        if watched && !all_finite(simd, self.parameters) {
            return Outcome::Spoilt;
        }
        Outcome::Good
    }
}
