//! Several pieces of work that take turns, so that all of them meet the same neighbours.

use cnn::simd::Level;

use crate::repeat::{self, median};

/// Gives the seconds of one run of it on a level.
pub(crate) type Work = fn(Level) -> f64;

/// How often each has its turn.
pub(crate) const ROUNDS: usize = 21;

/// The median of each.
pub(crate) fn medians(all: &[Work], level: Level) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(ROUNDS); all.len()];
    for _ in 0..ROUNDS {
        for (times, work) in times.iter_mut().zip(all) {
            times.push(work(level));
        }
    }
    times.into_iter().map(median).collect()
}

/// Seconds of one run, in one turn.
pub(crate) fn seconds(work: impl FnMut()) -> f64 {
    repeat::seconds(5e-4, work)
}
