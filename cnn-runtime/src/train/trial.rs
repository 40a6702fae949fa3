//! Whether a step is faster if several threads share it: found out by timing both.

use std::time::Duration;

/// How many steps are timed of each way, of which the fastest counts. The first wakes the others, perhaps.
const TIMED: usize = 4;

/// Which part of all the time these take: both ways are timed again and again, for neighbours come and go.
const PART: u128 = 32;

/// Times steps that are shared and steps of one thread, whose results are the same, and chooses what is faster.
#[derive(Debug)]
pub(super) struct Trial {
    /// Since both ways are timed.
    step: usize,
    /// What a sample has taken at least on several threads, and on one.
    least: [Duration; 2],
    /// What the steps together have taken that were timed, for each of their samples.
    timing: Duration,
}

impl Trial {
    pub(super) fn new() -> Self {
        Self {
            step: 0,
            least: [Duration::MAX; 2],
            timing: Duration::ZERO,
        }
    }

    /// Whether threads share the next step.
    pub(super) fn shares(&self) -> bool {
        match self.step / TIMED {
            0 => true,
            1 => false,
            _ => self.least[0] <= self.least[1],
        }
    }

    /// Notes how long a step of so many samples took that did as it was told. A short batch takes more for each, and
    /// does not decide where there are others.
    pub(super) fn note(&mut self, time: Duration, samples: usize) {
        let of_sample = time / samples as u32;
        if self.step < 2 * TIMED {
            let least = &mut self.least[usize::from(!self.shares())];
            *least = of_sample.min(*least);
            self.timing += of_sample;
        }
        self.step += 1;
        if self.step >= 2 * TIMED
            && self.step as u128 * self.fastest() >= PART * self.timing.as_nanos()
        {
            *self = Self::new();
        }
    }

    /// What a sample takes the faster way, in nanoseconds.
    fn fastest(&self) -> u128 {
        self.least[0].min(self.least[1]).as_nanos().max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// Which of so many steps are shared, where a sample takes so many microseconds on several threads, and on one.
    fn shared(steps: usize, mut times: impl FnMut(usize) -> [u64; 2]) -> Vec<bool> {
        let mut trial = Trial::new();
        let note = |step| {
            let shares = trial.shares();
            let [several, one] = times(step);
            let samples = 1 + step % 7;
            let of_sample = Duration::from_micros(if shares { several } else { one });
            trial.note(of_sample * samples as u32, samples);
            shares
        };
        (0..steps).map(note).collect()
    }

    fn count(found: &[bool], shares: bool) -> usize {
        found.iter().filter(|&&found| found == shares).count()
    }

    #[test]
    fn the_faster_is_chosen_all_the_time_but_to_be_timed() {
        // The steps that are timed take as long as 12 of the faster way, and are timed again after 32 times as many.
        assert_eq!(count(&shared(2 * 384, |_| [1, 2]), false), 2 * TIMED);
        assert_eq!(count(&shared(2 * 384, |_| [2, 1]), true), 2 * TIMED);
    }

    #[test]
    fn what_is_far_slower_is_timed_seldom() {
        let steps = 10_000;
        assert_eq!(count(&shared(steps, |_| [100, 1]), true), TIMED);
        assert_eq!(count(&shared(steps, |_| [1, 100]), false), TIMED);
    }

    #[test]
    fn a_step_that_is_interrupted_does_not_decide() {
        let found = shared(256, |step| [if step == 1 { 9 } else { 1 }, 2]);
        assert_eq!(count(&found, false), TIMED);
    }

    #[test]
    fn what_has_become_faster_is_found_when_both_are_timed_again() {
        let found = shared(2 * 384, |step| if step < 384 { [1, 2] } else { [2, 1] });
        assert_eq!(count(&found, true), 384);
    }
}
