//! How a training shows that it goes on: a bar on a terminal, one line per epoch elsewhere.
//!
//! Everything goes to the standard error stream, so that a program's output stays its own. This
//! is the only module of the runtime that prints.

use core::marker::PhantomData;
use std::eprintln;

use crate::network::Network;
use crate::sentry::all_finite;
use crate::simd::{Kernel, Level, Simd};
use crate::train::bar::Bar;
use crate::train::history::Epoch;
use crate::train::host::Stopwatch;

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
    bar: Bar,
}

impl Reporter {
    pub(super) fn new(progress: Progress, epochs: usize, steps: usize) -> Self {
        Self {
            progress,
            epochs,
            bar: Bar::new(progress, steps),
        }
    }

    /// An epoch begins, counted from zero.
    pub(super) fn begin(&self, epoch: usize) {
        self.bar.begin(epoch + 1, self.epochs);
    }

    /// A step is done.
    pub(super) fn step(&self) {
        self.bar.step();
    }

    /// An epoch is done, counted from zero.
    pub(super) fn epoch(&self, epoch: usize, figures: &Epoch) {
        self.bar.end();
        if self.progress != Progress::Silent {
            eprintln!("epoch {}/{}  {figures}", epoch + 1, self.epochs);
        }
    }
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
    const SECONDS_PER_ELEMENT: f64 = 2e-9;
    if !cfg!(debug_assertions) {
        return false;
    }
    let values = std::vec![1.0f32; ELEMENTS];
    let slow = SECONDS_PER_ELEMENT * ELEMENTS as f64;
    // Without a clock nothing is known to be slow.
    (0..3).all(|_| {
        let started = Stopwatch::start();
        core::hint::black_box(level.run(Timed::<N>(&values, PhantomData)));
        started.seconds().is_some_and(|time| time > slow)
    })
}

struct Timed<'a, N>(&'a [f32], PhantomData<N>);

impl<N: Network> Kernel for Timed<'_, N> {
    type Output = bool;
    #[inline(never)]
    fn run<S: Simd>(self, simd: S) -> bool {
        all_finite(simd, self.0)
    }
}
