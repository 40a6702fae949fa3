//! How the main thread and its workers wait for each other, without allocation.
//!
//! A round is short (below a millisecond for a small network), so a thread first looks again and
//! again, and sleeps only if it had to look for long.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// How often a thread looks before it sleeps: about as long as it takes to wake one (tens of
/// microseconds).
const LOOKS: usize = 2000;

/// Rounds that begin together and end together.
pub(super) struct Signal {
    workers: usize,
    /// The number of rounds begun.
    round: AtomicUsize,
    /// Workers that have not finished this round.
    running: AtomicUsize,
    stopped: AtomicBool,
    /// A worker panicked.
    broken: AtomicBool,
    /// Held while sleepers are woken, so that none falls asleep at that moment.
    sleep: Mutex<()>,
    changed: Condvar,
}

impl Signal {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            workers,
            round: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            broken: AtomicBool::new(false),
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

    fn wait_until(&self, reached: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if reached() {
                return;
            }
            core::hint::spin_loop();
        }
        let mut asleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        while !reached() {
            let woken = self.changed.wait(asleep);
            asleep = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wake(&self) {
        drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
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
        let (signal, count) = (Signal::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let _dismissal = signal.dismissal();
            for _ in 0..3 {
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
                assert_eq!(count.load(Ordering::Acquire), 3 * round);
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
