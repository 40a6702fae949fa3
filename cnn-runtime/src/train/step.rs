//! One training step: the gradients of a batch, and the update of the parameters.
//!
//! Everything a step needs is made by [`TrainingStep::new`]; a step allocates nothing. Epochs,
//! shuffling and progress belong to the [`Trainer`](crate::train::Trainer).

use core::fmt;
use core::marker::PhantomData;

use crate::buffer::Buffer;
use crate::clip::Clip;
use crate::error::{Error, Result};
use crate::hyperparameter::not_negative;
use crate::loss::{BlockLoss, Loss};
use crate::network::Network;
use crate::optim::{self, Optimizer};
use crate::pass::Draw;
use crate::sentry::Sentry;
use crate::simd::{Level, Scalar};
use crate::spec::TrainingArena;
use crate::target::Target;
use crate::train::arenas::{Arenas, places};
use crate::train::batch::{Batch, Slices};
use crate::train::check::check_batch;
use crate::train::compute::{Compute, Own};
use crate::train::groups::{Groups, groups_of};
use crate::train::locate::locate;
use crate::train::phases::{Phases, Round};
use crate::vectors::Vectors as _;

/// All buffers of a training step, and the step itself.
///
/// It works on one thread with [`run`](TrainingStep::run), on several with
/// [`with_threads`](TrainingStep::with_threads); the results have the same bits.
pub struct TrainingStep<N: Network, L, O> {
    pub(super) compute: Compute<N, L>,
    pub(super) update: Update<N, O>,
    pub(super) arenas: Arenas<N>,
    pub(super) batch_size: usize,
}

impl<N: Network, L: Loss<N::Output>, O: Optimizer> TrainingStep<N, L, O> {
    /// Makes the buffers for batches of up to `batch_size` samples of networks like `_net`.
    ///
    /// That number decides into what blocks batches are cut, shorter ones too, so sums are rounded otherwise with
    /// another ([`Level::most_in_few`]).
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
        let places = places::<N>(level, batch_size);
        let groups = groups_of(batch_size, places.blocks(batch_size), spec);
        let state = optimizer.state_vectors() * spec.parameter_count;
        let several = !spec.training.has_one_phase();
        Ok(Self {
            compute: Compute {
                loss,
                level,
                groups: Groups::new(groups, spec.parameter_count),
                phases: several.then(|| Phases::new(level, &places, batch_size)),
                places: places.clone(),
                network: PhantomData,
            },
            update: Update {
                optimizer,
                clip: None,
                sentry: Sentry::On,
                seed: 0,
                steps: 0,
                rate_factor: 1.0,
                state: Buffer::zeroed(state),
                network: PhantomData,
            },
            arenas: thread_arenas(level, &places),
            batch_size,
        })
    }

    /// What layers draw random numbers from, together with the number of the step; 0 if not set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.update.seed = seed;
        self
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
    /// [`Error::Diverged`], where the parameters stay as they were, unless it is the update that made them
    /// infinite, which the message says; [`Error::BatchTooSmall`], [`Error::SampleLength`],
    /// [`Error::Target`].
    ///
    /// # Panics
    /// If the numbers of samples and targets are others than said.
    pub fn run<'a>(
        &mut self,
        net: &mut N,
        samples: &[&'a [f32]],
        targets: &[<L::Target as Target>::Ref<'a>],
    ) -> Result<BlockLoss> {
        assert_eq!(samples.len(), targets.len(), "one target for each sample");
        check_batch_size::<N>(samples.len(), self.batch_size)?;
        check_batch::<N::Input, N::Output, L>(&self.compute.loss, samples, targets)?;
        let total_weight = self.compute.loss.total_weight(targets.iter().copied());
        let batch = Slices {
            samples,
            targets,
            total_weight,
        };
        for round in self.update.rounds() {
            self.compute.groups.begin();
            let own = Own {
                arenas: &mut self.arenas,
                offers: None,
            };
            self.compute.work(round, net.values(), &batch, own);
            self.compute.merge(round, samples.len());
        }
        self.update.finish(&self.compute, net, &batch)
    }
}

impl<N: Network, L, O> fmt::Debug for TrainingStep<N, L, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, level) = (N::SPEC.name, self.compute.level);
        write!(f, "TrainingStep of a {name} on {level:?}")
    }
}

/// Whether a batch of `found` samples can be trained on.
pub(super) fn check_batch_size<N: Network>(found: usize, most: usize) -> Result<()> {
    assert!(
        (1..=most).contains(&found),
        "a batch of {found} samples, but the buffers were made for 1 to {most}"
    );
    match N::SPEC.least_batch() {
        Some((least, layer)) if found < least => Err(Error::BatchTooSmall {
            layer,
            found,
            least,
        }),
        _ => Ok(()),
    }
}

/// The arenas in which a thread computes one block after another. Where a layer looks at the whole
/// batch, every block has an arena of its own too, and these are for what is needed in one phase alone.
pub(super) fn thread_arenas<N: Network>(level: Level, places: &TrainingArena) -> Arenas<N> {
    let len = match places.has_one_phase() {
        true => places.len,
        false => places.shared,
    };
    Arenas::new(level, places, len)
}

/// What changes the parameters: one per training, on the main thread.
pub(super) struct Update<N: Network, O> {
    optimizer: O,
    clip: Option<Clip>,
    sentry: Sentry,
    seed: u64,
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

    /// What the next step draws random numbers from.
    fn draw(&self) -> Draw {
        Draw {
            seed: self.seed,
            step: self.steps + 1,
        }
    }

    /// The rounds of the next step.
    pub(super) fn rounds(&self) -> impl Iterator<Item = Round> + use<N, O> {
        let draw = self.draw();
        (0..Round::count(&N::SPEC.training)).map(move |number| Round { number, draw })
    }

    /// Updates the parameters by the merged gradients, and the running statistics, unless something
    /// is not finite.
    pub(super) fn finish<'a, L: Loss<N::Output>>(
        &mut self,
        compute: &Compute<N, L>,
        net: &mut N,
        batch: &impl Batch<'a, L::Target>,
    ) -> Result<BlockLoss> {
        let mut merged = compute.groups.slot(0);
        let loss = merged.total.loss;
        let mut outcome = self.apply(compute.level, loss, &mut merged.gradients, net);
        if let (Outcome::Good, Some(phases)) = (outcome, &compute.phases) {
            phases.follow(N::SPEC, batch.len(), net.values_mut());
            let finite = net.statistics().iter().all(|x| x.is_finite());
            if self.sentry == Sentry::On && !finite {
                outcome = Outcome::Spoilt;
            }
        }
        if outcome != Outcome::Good {
            let (values, gradients) = (net.values(), &merged.gradients);
            let mut divergence = locate(compute, outcome, values, gradients, batch, self.draw());
            divergence.step = self.steps + 1;
            return Err(Error::Diverged(divergence.into()));
        }
        self.steps += 1;
        Ok(merged.total)
    }

    /// Updates the parameters, unless loss or gradients are not finite.
    fn apply(
        &mut self,
        level: Level,
        loss: f64,
        gradients: &mut [N::Scalar],
        net: &mut N,
    ) -> Outcome {
        let watched = self.sentry == Sentry::On;
        let all_finite = |values: &[N::Scalar]| N::Scalar::all_finite(level, values);
        if watched && !(loss.is_finite() && all_finite(gradients)) {
            return Outcome::Refused;
        }
        if let Some(clip) = self.clip {
            N::Scalar::clip(level, clip, gradients);
        }
        let step = optim::Step {
            number: self.steps + 1,
            rate_factor: self.rate_factor,
            parameters: net.parameters_mut(),
            gradients,
            state: &mut self.state,
        };
        N::Scalar::optimize(level, &self.optimizer, step);
        match watched && !all_finite(net.parameters()) {
            true => Outcome::Spoilt,
            false => Outcome::Good,
        }
    }
}

/// What the sentry saw in an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything is finite, or nothing was checked.
    Good,
    /// Loss or gradients are not finite; nothing was changed.
    Refused,
    /// Parameters or running statistics are no longer finite.
    Spoilt,
}
