//! Work on several threads that end with it.
//!
//! Nothing that starts threads or waits for them is generic: it would be compiled with every network again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::loss::BlockLoss;
use crate::train::signal::Signal;

/// Calls `work` on the threads that a signal is for, while this one runs `body`.
pub(super) fn beside(signal: &Signal, work: &(dyn Fn() + Sync), body: &mut dyn FnMut()) {
    thread::scope(|scope| {
        // When `body` returns or panics, the workers are sent home before the scope waits.
        let _dismissal = signal.dismissal();
        for _ in 0..signal.workers() {
            scope.spawn(work);
        }
        body();
    });
}

/// Cuts `totals` into runs of `share`, of which each thread fills one; `fill` is given the first place too.
pub(super) fn in_shares(
    totals: &mut [BlockLoss],
    share: usize,
    fill: &(dyn Fn(usize, &mut [BlockLoss]) + Sync),
) {
    thread::scope(|scope| {
        let mut shares = totals.chunks_mut(share).enumerate();
        let own = shares.next();
        for (index, totals) in shares {
            scope.spawn(move || fill(index * share, totals));
        }
        if let Some((_, totals)) = own {
            fill(0, totals);
        }
    });
}

/// Locks. A thread that panicked ends the training; what it left no longer matters.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
