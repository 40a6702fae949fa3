//! The training of a network over a number of epochs.

use crate::clip::Clip;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::{BlockLoss, Loss};
use crate::network::{Accepts, Network};
use crate::optim::Optimizer;
use crate::schedule::{Constant, Schedule};
use crate::sentry::Sentry;
use crate::simd::Level;
use crate::target::IsTarget;
use crate::train::check::check_data;
use crate::train::crew::Crew;
use crate::train::evaluate::{Evaluation, evaluate_checked};
use crate::train::for_loss::ForLoss;
use crate::train::history::{Epoch, History};
use crate::train::host::Stopwatch;
use crate::train::order::Order;
use crate::train::progress::{Progress, Reporter, warn_if_unoptimized};
use crate::train::step::{TrainingStep, check_batch_size};

/// Trains a network: `Trainer::new(loss, optimizer)`, its options, and [`fit`](Trainer::fit).
///
/// Without options: 1 epoch, batches of 32, one thread, seed 0, no clipping, a constant rate, the
/// fastest level of the machine, progress on the standard error stream.
///
/// ```
/// use cnn_runtime::clip::Clip;
/// use cnn_runtime::loss::SoftmaxCrossEntropy;
/// use cnn_runtime::optim::Adam;
/// use cnn_runtime::schedule::Cosine;
/// use cnn_runtime::train::Trainer;
///
/// let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3))
///     .epochs(10)
///     .batch_size(128)
///     .threads(2)
///     .clip(Clip::GlobalNorm(1.0))
///     .schedule(Cosine::new());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a trainer does nothing until `fit` is called"]
pub struct Trainer<L, O, S = Constant> {
    loss: L,
    optimizer: O,
    schedule: S,
    settings: Settings,
}

/// The options that are not types of their own.
#[derive(Clone, Copy, Debug)]
struct Settings {
    epochs: usize,
    batch_size: usize,
    threads: usize,
    seed: u64,
    clip: Option<Clip>,
    sentry: Sentry,
    level: Level,
    progress: Progress,
}

impl<L, O> Trainer<L, O> {
    /// A trainer with the defaults above.
    pub fn new(loss: L, optimizer: O) -> Self {
        Self {
            loss,
            optimizer,
            schedule: Constant,
            settings: Settings {
                epochs: 1,
                batch_size: 32,
                threads: 1,
                seed: 0,
                clip: None,
                sentry: Sentry::On,
                level: Level::detect(),
                progress: Progress::Auto,
            },
        }
    }
}

impl<L, O, S> Trainer<L, O, S> {
    /// How many times the training set is passed over.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// How many samples there are between two updates. The last batch of an epoch may be shorter.
    ///
    /// Multiples of the blocks that [`threads`](Trainer::threads) describes are fastest: what is left of a batch takes
    /// as long as a block of 16 samples, on AVX-512 and AVX2 up to 8 that are left as long as one of 8, half of that
    /// time.
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.settings.batch_size = samples;
        self
    }

    /// How many threads compute; the results do not depend on it.
    ///
    /// A batch is computed in blocks of 16 samples (of 8, if the batch size is at most 16 on AVX2 and on AVX-512 of
    /// AMD's Zen 4, or 8 on AVX-512 of others: [`Level::most_in_few`]), or of one where the network is for large images
    /// of few channels ([`TrainingArena::samples`](crate::TrainingArena::samples)), and a block by one thread. There
    /// are never more threads at work than a batch has groups of blocks, at most eight. Where the batch size is at most
    /// a block, a second thread computes gradients by the weights of large layers. Whether it makes steps faster, or
    /// several threads do where steps have little work, is found out by timing. More threads than processors may make
    /// steps slower.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = threads;
        self
    }

    /// What the order of the samples, and what layers draw in training, is made from. The network's
    /// own seed is another one.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Clips the gradients before every update.
    pub fn clip(mut self, clip: Clip) -> Self {
        self.settings.clip = Some(clip);
        self
    }

    /// How the learning rate changes from step to step.
    pub fn schedule<S2: Schedule>(self, schedule: S2) -> Trainer<L, O, S2> {
        Trainer {
            loss: self.loss,
            optimizer: self.optimizer,
            schedule,
            settings: self.settings,
        }
    }

    /// Whether every step is searched for infinite values and NaN.
    pub fn sentry(mut self, sentry: Sentry) -> Self {
        self.settings.sentry = sentry;
        self
    }

    /// Which vector instructions are used.
    pub fn level(mut self, level: Level) -> Self {
        self.settings.level = level;
        self
    }

    /// What is shown.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.settings.progress = progress;
        self
    }

    /// Trains `net` on the samples of `train`, and evaluates it on `test` after every epoch.
    ///
    /// Everything is checked before the first step: settings, samples, targets. The same network,
    /// data and settings give the same bits on the same kind of processor, whatever the number of threads.
    ///
    /// # Errors
    /// Settings that make no sense; a data set that is empty or has samples or targets that the
    /// network or the loss cannot take; a loss, gradient or parameter that became infinite or NaN
    /// ([`Error::Diverged`]).
    pub fn fit<N, D>(self, net: &mut N, train: &D, test: Option<&D>) -> Result<History>
    where
        N: Accepts<D::Sample>,
        L: Loss<<N as Network>::Output>,
        D: Dataset<Target: IsTarget<L::Target>>,
        O: Optimizer,
        S: Schedule,
    {
        let Self {
            loss,
            optimizer,
            schedule,
            settings,
        } = self;
        settings.check(&schedule)?;
        let train = &ForLoss::new(train);
        let test = test.map(ForLoss::new);
        let test = test.as_ref();
        check_data::<N::Output, L, _>("training", settings.level, &loss, train)?;
        if let Some(test) = test {
            check_data::<N::Output, L, _>("test", settings.level, &loss, test)?;
        }
        let batch_size = settings.batch_size.min(train.len());
        let last = match train.len() % batch_size {
            0 => batch_size,
            rest => rest,
        };
        check_batch_size::<N>(last, batch_size)?;
        let mut step = TrainingStep::new(net, loss, optimizer, batch_size, settings.level)?
            .sentry(settings.sentry)
            .seed(settings.seed);
        if let Some(clip) = settings.clip {
            step = step.clip(clip)?;
        }
        warn_if_unoptimized::<N>(settings.progress, settings.level);
        let steps = train.len().div_ceil(batch_size);
        let run = Run {
            settings,
            schedule: &schedule,
            steps,
            reporter: Reporter::new(settings.progress, settings.epochs, steps),
        };
        let order = Order::new(train.len(), settings.seed);
        step.with_threads(settings.threads, net, train, |crew| {
            let mut tested = Tested {
                crew,
                test,
                settings,
            };
            run.epochs(&mut tested, order)
        })
    }
}

impl Settings {
    /// The settings that no other constructor checks.
    fn check(&self, schedule: &dyn Schedule) -> Result<()> {
        if self.batch_size == 0 {
            return Err(Error::ZERO_BATCH_SIZE);
        }
        if self.threads == 0 {
            return Err(Error::ZERO_THREADS);
        }
        Ok(schedule.validate()?)
    }
}

/// A training that epochs are made of, whatever its network, loss, optimizer and data are.
trait Steps {
    /// Runs one step on some samples, with a factor for the learning rate.
    fn step(&mut self, samples: &[usize], rate_factor: f64) -> Result<BlockLoss>;
    /// The figures on the test data, if there are any.
    fn test(&self) -> Option<Evaluation>;
    /// Whether predictions are counted that are correct.
    fn counts_correct(&self) -> bool;
}

/// Threads that train, and the data that the network is tested with.
struct Tested<'a, 'c, 's, N: Network, L, O, D> {
    crew: &'a mut Crew<'c, 's, N, L, O, D>,
    test: Option<&'a D>,
    settings: Settings,
}

impl<N, L, O, D> Steps for Tested<'_, '_, '_, N, L, O, D>
where
    N: Accepts<D::Sample>,
    L: Loss<<N as Network>::Output, Target = D::Target>,
    O: Optimizer,
    D: Dataset,
{
    fn step(&mut self, samples: &[usize], rate_factor: f64) -> Result<BlockLoss> {
        self.crew.set_rate_factor(rate_factor)?;
        self.crew.step(samples)
    }

    fn test(&self) -> Option<Evaluation> {
        let Settings { threads, level, .. } = self.settings;
        let evaluate = |test| {
            let (net, loss) = (self.crew.network(), self.crew.loss());
            evaluate_checked(&*net, loss, test, threads, level)
        };
        self.test.map(evaluate)
    }

    fn counts_correct(&self) -> bool {
        L::COUNTS_CORRECT
    }
}

/// What the epochs of a training need. It is not generic, so that it is compiled once.
struct Run<'a> {
    settings: Settings,
    schedule: &'a dyn Schedule,
    /// Per epoch.
    steps: usize,
    reporter: Reporter,
}

impl Run<'_> {
    fn epochs(&self, training: &mut dyn Steps, mut order: Order) -> Result<History> {
        let mut history = History::default();
        for epoch in 0..self.settings.epochs {
            self.reporter.begin(epoch);
            let started = Stopwatch::start();
            let total = self.pass(training, epoch, order.shuffled(epoch))?;
            let seconds = started.seconds();
            let figures = figures(training, total, order.len(), seconds);
            self.reporter.epoch(epoch, &figures);
            history.epochs.push(figures);
        }
        Ok(history)
    }

    /// One pass over the samples: the weighted sum of their losses, and how many are correct.
    fn pass(&self, training: &mut dyn Steps, epoch: usize, order: &[usize]) -> Result<BlockLoss> {
        let total_steps = self.settings.epochs.saturating_mul(self.steps);
        let mut total = BlockLoss::default();
        for (index, batch) in order.chunks(self.settings.batch_size).enumerate() {
            let step = epoch * self.steps + index;
            let factor = self.schedule.factor(step, total_steps);
            let part = training
                .step(batch, factor)
                .map_err(|error| error.in_epoch(epoch + 1))?;
            total += BlockLoss {
                loss: part.loss * part.weight,
                ..part
            };
            self.reporter.step();
        }
        Ok(total)
    }
}

/// The figures of an epoch.
fn figures(training: &dyn Steps, total: BlockLoss, samples: usize, seconds: Option<f64>) -> Epoch {
    let share = || total.correct as f64 / total.counted as f64;
    Epoch {
        train_loss: total.loss / total.weight,
        train_accuracy: training.counts_correct().then(share),
        test: training.test(),
        seconds: seconds.unwrap_or(0.0),
        samples_per_second: seconds.map_or(0.0, |seconds| samples as f64 / seconds),
    }
}
