//! How the main thread and its workers wait for each other, without allocation.
//!
//! A round is short (below a millisecond for a small network), so a thread first looks again and
//! again, and sleeps only if it had to look for long. A thread asks
//! the system to wake others only if some sleep.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::train::host::{Stopwatch, has_processors};

/// How long a thread looks before it sleeps, if every thread has a processor. Waking one takes tens of
/// microseconds, and so does what the main thread does alone between two rounds.
const PATIENCE: Duration = Duration::from_micros(100);
/// How often it looks before it looks at the clock.
const LOOKS: usize = 64;

/// Rounds that begin together and end together.
pub(super) struct Signal {
    workers: usize,
    patience: Duration,
    /// The number of rounds begun.
    round: AtomicUsize,
    /// Workers that have not finished this round.
    running: AtomicUsize,
    stopped: AtomicBool,
    /// A worker panicked.
    broken: AtomicBool,
    /// Threads that sleep, or are about to.
    sleepers: AtomicUsize,
    /// Held while sleepers are woken, so that none falls asleep at that moment.
    sleep: Mutex<()>,
    changed: Condvar,
}

impl Signal {
    /// For so many threads beside the main one.
    pub(super) fn new(workers: usize) -> Self {
        let patience = match has_processors(workers + 1) {
            true => PATIENCE,
            // Who looks keeps another from its work.
            false => Duration::ZERO,
        };
        Self::with_patience(workers, patience)
    }

    /// How many workers it is for.
    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    fn with_patience(workers: usize, patience: Duration) -> Self {
        Self {
            workers,
            patience,
            round: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    /// Main thread: begins a round.
    pub(super) fn start(&self) {
        if self.workers > 0 {
            self.running.store(self.workers, Ordering::Release);
            self.round.fetch_add(1, Ordering::AcqRel);
            self.wake();
        }
    }

    /// Main thread: waits until all workers have finished the round.
    ///
    /// # Panics
    /// If a worker has panicked.
    pub(super) fn wait_for_workers(&self) {
        self.wait_until(|| self.running.load(Ordering::Acquire) == 0);
        let broken = self.broken.load(Ordering::Acquire);
        assert!(
            !broken,
            "a worker thread panicked; its message stands above"
        );
    }

    /// Main thread: lets the workers go home when the guard is dropped, also by a panic.
    pub(super) fn dismissal(&self) -> Dismissal<'_> {
        Dismissal(self)
    }

    /// Worker: waits for the round after `seen`; `None` when there is none any more.
    ///
    /// The round ends for this worker when the returned guard is dropped.
    pub(super) fn next_round(&self, seen: &mut usize) -> Option<Round<'_>> {
        self.wait_until(|| {
            self.stopped.load(Ordering::Acquire) || self.round.load(Ordering::Acquire) != *seen
        });
        *seen += 1;
        let stopped = self.stopped.load(Ordering::Acquire);
        (!stopped).then_some(Round(self))
    }

    /// Worker: waits for something that the main thread does, or for its end.
    pub(super) fn wait_for(&self, reached: impl Fn() -> bool) {
        self.wait_until(|| reached() || self.stopped.load(Ordering::Acquire));
    }

    fn wait_until(&self, reached: impl Fn() -> bool) {
        let started = Stopwatch::start();
        loop {
            for _ in 0..LOOKS {
                if reached() {
                    return;
                }
                core::hint::spin_loop();
            }
            if started
                .elapsed()
                .is_none_or(|waited| waited >= self.patience)
            {
                break;
            }
        }
        let mut asleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        while !reached() {
            let woken = self.changed.wait(asleep);
            asleep = woken.unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }

    /// Wakes who sleeps, after something has changed.
    ///
    /// Of the two fences, here and in `wait_until`, one comes first: either the change is seen by who is
    /// about to sleep, or the sleeper is seen here.
    pub(super) fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
            self.changed.notify_all();
        }
    }
}

/// Ends the workers when dropped.
pub(super) struct Dismissal<'a>(&'a Signal);

impl Drop for Dismissal<'_> {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Release);
        self.0.wake();
    }
}

/// A worker's part in a round.
pub(super) struct Round<'a>(&'a Signal);

impl Drop for Round<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Release);
        }
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_takes_part_in_every_round() {
        every_worker_takes_part(&Signal::with_patience(3, Duration::ZERO));
        every_worker_takes_part(&Signal::with_patience(1, PATIENCE));
        every_worker_takes_part(&Signal::with_patience(3, PATIENCE));
    }

    fn every_worker_takes_part(signal: &Signal) {
        let count = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let _dismissal = signal.dismissal();
            for _ in 0..signal.workers {
                scope.spawn(|| {
                    let mut seen = 0;
                    while let Some(_round) = signal.next_round(&mut seen) {
                        count.fetch_add(1, Ordering::AcqRel);
                    }
                });
            }
            for round in 1..=200 {
                signal.start();
                signal.wait_for_workers();
                assert_eq!(count.load(Ordering::Acquire), signal.workers * round);
            }
        });
    }

    #[test]
    #[should_panic(expected = "a worker thread panicked")]
    fn a_panic_of_a_worker_reaches_the_main_thread() {
        let signal = Signal::new(1);
        std::thread::scope(|scope| {
            let _dismissal = signal.dismissal();
            scope.spawn(|| {
                let _round = signal.next_round(&mut 0);
                panic!("planted");
            });
            signal.start();
            signal.wait_for_workers();
        });
    }
}
