//! Work that is repeated until the clock can tell how long it takes, and numbers for it.

use std::time::Instant;

/// Seconds of one run, of as many as take `long_enough` seconds together; the first is not counted.
pub(crate) fn seconds(long_enough: f64, mut work: impl FnMut()) -> f64 {
    work();
    let mut repetitions = 1_u32;
    loop {
        let start = Instant::now();
        (0..repetitions).for_each(|_| work());
        let seconds = start.elapsed().as_secs_f64();
        if seconds >= long_enough {
            return seconds / f64::from(repetitions);
        }
        repetitions *= 2;
    }
}

/// The median of an odd number of times.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Numbers of both signs.
pub(crate) fn noise(elements: usize) -> Vec<f32> {
    (0..elements)
        .map(|index| (index * 37 % 101) as f32 / 101.0 - 0.5)
        .collect()
}
