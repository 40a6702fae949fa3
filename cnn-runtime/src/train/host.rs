//! What a training asks of the system that it runs on: a clock and threads.
//!
//! WebAssembly in a browser has neither, and the standard library panics when it is asked for them.

use std::time::Duration;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::time::Instant;

/// How many of the threads that are wanted there can be, the caller's among them.
///
/// The results do not depend on it, so a target with one thread trains as the others do.
pub(crate) fn possible_threads(wanted: usize) -> usize {
    let is_alone = cfg!(all(target_family = "wasm", not(target_feature = "atomics")));
    if is_alone { wanted.min(1) } else { wanted }
}

/// Whether each of so many threads has a processor for itself.
pub(super) fn has_processors(threads: usize) -> bool {
    threads == 1 || std::thread::available_parallelism().is_ok_and(|most| threads <= most.get())
}

/// The time that has passed, where there is a clock.
pub(super) struct Stopwatch {
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    started: Instant,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            started: Instant::now(),
        }
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
        return Some(self.started.elapsed());
        #[cfg(all(target_family = "wasm", target_os = "unknown"))]
        return None;
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.elapsed().map(|time| time.as_secs_f64())
    }
}
