//! How a training shows that it goes on: a bar on a terminal, one line per epoch elsewhere.
//!
//! Everything goes to the standard error stream, so that a program's output stays its own. This
//! is the only module of the runtime that prints.

use core::marker::PhantomData;
use std::eprintln;
use std::time::Instant;

use crate::network::Network;
use crate::sentry::all_finite;
use crate::simd::{Kernel, Level, Simd};
use crate::train::history::Epoch;

/// What a training shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar if the standard error stream is a terminal (and the feature `progress` is on), and a
    /// line per epoch.
    #[default]
    Auto,
    /// A line per epoch.
    Lines,
    /// Nothing.
    Silent,
}

/// What shows the progress of one training.
pub(super) struct Reporter {
    progress: Progress,
    epochs: usize,
    steps: usize,
    #[cfg(feature = "progress")]
    bar: indicatif::ProgressBar,
}

impl Reporter {
    pub(super) fn new(progress: Progress, epochs: usize, steps: usize) -> Self {
        Self {
            progress,
            epochs,
            steps,
            #[cfg(feature = "progress")]
            bar: bar(progress, steps),
        }
    }

    /// An epoch begins, counted from zero.
    pub(super) fn begin(&self, epoch: usize) {
        #[cfg(feature = "progress")]
        {
            self.bar.reset();
            self.bar
                .set_prefix(std::format!("epoch {}/{}", epoch + 1, self.epochs));
        }
        let _ = (epoch, self.steps);
    }

    /// A step is done.
    pub(super) fn step(&self) {
        #[cfg(feature = "progress")]
        self.bar.inc(1);
    }

    /// An epoch is done, counted from zero.
    pub(super) fn epoch(&self, epoch: usize, figures: &Epoch) {
        #[cfg(feature = "progress")]
        self.bar.finish_and_clear();
        if self.progress != Progress::Silent {
            eprintln!("epoch {}/{}  {figures}", epoch + 1, self.epochs);
        }
    }
}

#[cfg(feature = "progress")]
fn bar(progress: Progress, steps: usize) -> indicatif::ProgressBar {
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    let target = match progress {
        // It draws on terminals only.
        Progress::Auto => ProgressDrawTarget::stderr(),
        Progress::Lines | Progress::Silent => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} steps, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Says once that a program was compiled without optimization, in which training is over a
/// hundred times slower.
pub(super) fn warn_if_unoptimized<N: Network>(progress: Progress, level: Level) {
    if progress != Progress::Silent && unoptimized::<N>(level) {
        eprintln!(
            "warning: this program was compiled without optimization and trains very slowly; \
             run it with `--release`, or add to its Cargo.toml:\n\n    \
             [profile.dev]\n    opt-level = 3\n"
        );
    }
}

/// Whether vector code of the user's crate runs unoptimized.
///
/// The compiler does not tell, so a loop over 16 KiB is timed, the fastest of three runs: about
/// 0.1 ns per element when optimized, 3 ns and more when not. The loop is generic over the
/// network, so that it is compiled with the user's settings, not with this crate's. Programs
/// without debug assertions are taken to be optimized.
fn unoptimized<N: Network>(level: Level) -> bool {
    const ELEMENTS: usize = 4096;
    const NANOSECONDS_PER_ELEMENT: u128 = 2;
    if !cfg!(debug_assertions) {
        return false;
    }
    let values = std::vec![1.0f32; ELEMENTS];
    let fastest = (0..3).map(|_| {
        let started = Instant::now();
        core::hint::black_box(level.run(Timed::<N>(&values, PhantomData)));
        started.elapsed().as_nanos()
    });
    let slow = NANOSECONDS_PER_ELEMENT * ELEMENTS as u128;
    fastest.min().is_some_and(|time| time > slow)
}

struct Timed<'a, N>(&'a [f32], PhantomData<N>);

impl<N: Network> Kernel for Timed<'_, N> {
    type Output = bool;
    #[inline(never)]
    fn run<S: Simd>(self, simd: S) -> bool {
        all_finite(simd, self.0)
    }
}
