//! A training step on several threads, which live as long as the training.
//!
//! The caller's thread works too; the others wait between steps. Nothing is spawned and nothing
//! is allocated in a step.

use core::fmt;
use core::ops::Deref;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::vec::Vec;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::{BlockLoss, Loss};
use crate::network::{Accepts, Network};
use crate::optim::Optimizer;
use crate::train::arenas::Arenas;
use crate::train::batch::Picked;
use crate::train::compute::{Compute, Own};
use crate::train::groups::work_of;
use crate::train::host::{Stopwatch, possible_threads};
use crate::train::offers::{Offering, Offers, Source};
use crate::train::phases::Round;
use crate::train::signal::Signal;
use crate::train::step::{TrainingStep, Update, check_batch_size, thread_arenas};
use crate::train::threads::beside;
use crate::train::trial::Trial;

/// Below so many multiply–accumulates, which take a third of a millisecond in `f32` at the peak of an AMD EPYC, a step
/// may be over before others have joined it. There two threads take 0.64 to 1.1 times as long as one for LeNet-5's
/// batch of 16, which has three quarters of these, as they share caches or not, and for its batch of 32 always less
/// (2026-12-01). What is wrongly called short costs a trial.
const SHORT: u64 = 1 << 24;

/// The threads of a training, as the closure of [`TrainingStep::with_threads`] sees them.
pub struct Crew<'c, 's, N: Network, L, O, D> {
    shared: &'c Shared<'s, N, L, D>,
    update: &'c mut Update<N, O>,
    arenas: &'c mut Arenas<N>,
    batch_size: usize,
    /// Whether it pays to share a step, where that is no matter of course.
    trial: Option<Trial>,
}

/// What the threads work on. Between the rounds the main thread alone changes it.
struct Shared<'s, N: Network, L, D> {
    compute: &'s Compute<N, L>,
    net: RwLock<&'s mut N>,
    data: &'s D,
    drawn: RwLock<Drawn>,
    /// The part of the step that is computed.
    round: RwLock<Round>,
    /// Where batches are a single block, on two threads.
    offers: Option<Offers<N>>,
    signal: Signal,
}

/// The batch of a step.
struct Drawn {
    /// Its samples.
    indices: Vec<usize>,
    total_weight: f64,
}

impl<N: Network, L: Loss<<N as Network>::Output>, O: Optimizer> TrainingStep<N, L, O> {
    /// Calls `body` with `threads` threads that train `net` on samples of `data`.
    ///
    /// There are never more threads than groups of a batch, but two where the batch size is at most a block with
    /// work for a second one; more would have nothing to do. Whether that second one makes a step faster, and others
    /// one of little work, is found out by timing; otherwise they sleep. On WebAssembly without shared memory there is
    /// one thread.
    ///
    /// # Errors
    /// Zero threads, and whatever `body` returns.
    pub fn with_threads<D, R>(
        &mut self,
        threads: usize,
        net: &mut N,
        data: &D,
        body: impl FnOnce(&mut Crew<'_, '_, N, L, O, D>) -> Result<R>,
    ) -> Result<R>
    where
        N: Accepts<D::Sample>,
        D: Dataset<Target = L::Target>,
    {
        if threads == 0 {
            return Err(Error::ZERO_THREADS);
        }
        let threads = possible_threads(threads);
        let are_offers =
            threads > 1 && Offers::<N>::are_of_use(&self.compute.places, self.batch_size);
        let is_short = work_of(self.batch_size, N::SPEC) < SHORT;
        let workers = match are_offers {
            true => 1,
            false => threads.min(self.compute.groups.len()) - 1,
        };
        let shared = Shared {
            compute: &self.compute,
            net: RwLock::new(net),
            data,
            drawn: RwLock::new(Drawn {
                indices: Vec::with_capacity(self.batch_size),
                total_weight: 0.0,
            }),
            round: RwLock::new(Round::default()),
            offers: are_offers.then(|| Offers::new(self.compute.level, &self.compute.places)),
            signal: Signal::new(workers),
        };
        let (mut body, mut result) = (Some(body), None);
        beside(&shared.signal, &|| shared.serve(), &mut || {
            result = body.take().map(|body| {
                body(&mut Crew {
                    shared: &shared,
                    update: &mut self.update,
                    arenas: &mut self.arenas,
                    batch_size: self.batch_size,
                    trial: (workers > 0 && (are_offers || is_short)).then(Trial::new),
                })
            });
        });
        result.expect("`body` is called once")
    }
}

impl<N, L, O, D> Crew<'_, '_, N, L, O, D>
where
    N: Network,
    L: Loss<<N as Network>::Output>,
    O: Optimizer,
    D: Dataset<Target = L::Target>,
{
    /// Runs one step on the samples at `indices`, as [`TrainingStep::run`] does.
    ///
    /// # Errors
    /// [`Error::Diverged`], where the parameters stay as they were, unless it is the update that made them
    /// infinite, which the message says; [`Error::BatchTooSmall`].
    ///
    /// # Panics
    /// If there is no index, or more than the batch size, or one behind the end of the data.
    pub fn step(&mut self, indices: &[usize]) -> Result<BlockLoss> {
        check_batch_size::<N>(indices.len(), self.batch_size)?;
        let shared = self.shared;
        let targets = indices.iter().map(|&index| shared.data.target(index));
        let total_weight = shared.compute.loss.total_weight(targets);
        let mut drawn = shared.drawn.write().unwrap_or_else(PoisonError::into_inner);
        drawn.indices.clear();
        drawn.indices.extend_from_slice(indices);
        drawn.total_weight = total_weight;
        drop(drawn);

        let watch = self.trial.is_some().then(Stopwatch::start);
        let shares = self.trial.as_ref().is_none_or(Trial::shares);
        for round in self.update.rounds() {
            *shared.round.write().unwrap_or_else(PoisonError::into_inner) = round;
            shared.compute.groups.begin();
            match &shared.offers {
                None if shares => {
                    shared.signal.start();
                    shared.work(self.arenas, None);
                    shared.signal.wait_for_workers();
                }
                Some(offers) if shares => {
                    let offering = offers.offering(&shared.signal);
                    shared.work(self.arenas, Some(offering));
                }
                _ => shared.work(self.arenas, None),
            }
            shared.compute.merge(round, indices.len());
        }
        if let Some(offers) = &shared.offers {
            let net = read(&shared.net);
            let gradients = &mut shared.compute.groups.slot(0).gradients;
            offers.settle(&shared.signal, shared.source(&**net), gradients);
        }

        let mut net = shared.net.write().unwrap_or_else(PoisonError::into_inner);
        let batch = Picked {
            data: shared.data,
            indices,
            total_weight,
        };
        let loss = self.update.finish(shared.compute, &mut **net, &batch);
        // With the update, which fetches what another thread has left in its caches.
        let time = watch.and_then(|watch| watch.elapsed());
        if let (Some(trial), Some(time)) = (&mut self.trial, time) {
            trial.note(time, indices.len());
        }
        loss
    }

    /// Multiplies the learning rate of the following steps.
    ///
    /// # Errors
    /// A factor that is negative, infinite or NaN.
    pub fn set_rate_factor(&mut self, factor: f64) -> Result<()> {
        self.update.set_rate_factor(factor)
    }

    /// The network between two steps.
    #[must_use]
    pub fn network(&self) -> impl Deref<Target = N> {
        Reading(read(&self.shared.net))
    }

    /// The loss that is trained with.
    #[must_use]
    pub fn loss(&self) -> &L {
        &self.shared.compute.loss
    }
}

impl<N, L, D> Shared<'_, N, L, D>
where
    N: Network,
    L: Loss<<N as Network>::Output>,
    D: Dataset<Target = L::Target>,
{
    /// A worker's life.
    fn serve(&self) {
        let mut seen = 0;
        if let Some(offers) = &self.offers {
            while let Some(_round) = self.signal.next_round(&mut seen) {
                offers.serve(&self.signal, self.source(&**read(&self.net)));
            }
            return;
        }
        let mut arenas = thread_arenas(self.compute.level, &self.compute.places);
        while let Some(_round) = self.signal.next_round(&mut seen) {
            self.work(&mut arenas, None);
        }
    }

    /// What offers are computed with and from.
    fn source<'a>(&self, net: &'a N) -> Source<'a, N::Scalar> {
        Source {
            level: self.compute.level,
            values: net.values(),
            samples: read(&self.drawn).indices.len(),
        }
    }

    fn work(&self, arenas: &mut Arenas<N>, offers: Option<Offering<'_, N>>) {
        let (net, drawn) = (read(&self.net), read(&self.drawn));
        let round = *read(&self.round);
        let batch = Picked {
            data: self.data,
            indices: &drawn.indices,
            total_weight: drawn.total_weight,
        };
        let own = Own { arenas, offers };
        self.compute.work(round, net.values(), &batch, own);
    }
}

/// Locks for reading. A poisoned lock means a panic that is on its way to the caller anyway.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// A locked network without the reference inside the lock.
struct Reading<'c, 's, N>(RwLockReadGuard<'c, &'s mut N>);

impl<N> Deref for Reading<'_, '_, N> {
    type Target = N;
    fn deref(&self) -> &N {
        &self.0
    }
}

impl<N: Network, L, O, D> fmt::Debug for Crew<'_, '_, N, L, O, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crew of a {}", N::SPEC.name)
    }
}
