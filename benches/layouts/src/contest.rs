//! Times of several pieces of work that take turns, so that all of them meet the same neighbours.

use std::time::Instant;

use cnn::simd::Level;

/// Seconds of one run of some work on a level.
pub(crate) type Time = fn(Level) -> f64;

/// The median of each of some pieces of work.
pub(crate) fn medians(works: &[Time], level: Level) -> Vec<f64> {
    const ROUNDS: usize = 21;
    let mut times = vec![Vec::with_capacity(ROUNDS); works.len()];
    for _ in 0..ROUNDS {
        for (times, work) in times.iter_mut().zip(works) {
            times.push(work(level));
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    };
    times.into_iter().map(median).collect()
}

/// Seconds of one run, of as many as the clock needs; the first is not counted.
pub(crate) fn seconds(mut work: impl FnMut()) -> f64 {
    const LONG_ENOUGH: f64 = 5e-4;
    work();
    let mut repetitions = 1_u32;
    loop {
        let start = Instant::now();
        (0..repetitions).for_each(|_| work());
        let seconds = start.elapsed().as_secs_f64();
        if seconds >= LONG_ENOUGH {
            return seconds / f64::from(repetitions);
        }
        repetitions *= 2;
    }
}

/// Numbers of both signs.
pub(crate) fn noise(elements: usize) -> Vec<f32> {
    let number = |index: usize| (index * 37 % 101) as f32 / 101.0 - 0.5;
    (0..elements).map(number).collect()
}
