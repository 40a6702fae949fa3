//! Whether a step is faster if several threads share it: found out by timing both.

use std::time::Duration;

/// How many steps are timed of each way, of which the fastest counts. The first wakes the others, perhaps; and behind
/// those that are shared the others still look for work for a while.
const TIMED: usize = 4;

/// All steps take so many times as long as those that are timed: both ways are timed again and again, for neighbours
/// come and go.
const TIMES: f64 = 32.0;

/// Times steps that are shared and steps of one thread, whose results are the same, and chooses what is faster.
#[derive(Debug)]
pub(super) struct Trial {
    /// Steps since the first that was timed.
    step: usize,
    /// The seconds that a sample has taken at least on several threads, and on one.
    least: [f64; 2],
}

impl Trial {
    pub(super) fn new() -> Self {
        Self {
            step: 0,
            least: [f64::INFINITY; 2],
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
        if self.step < 2 * TIMED {
            let least = &mut self.least[usize::from(!self.shares())];
            *least = least.min(time.as_secs_f64() / samples as f64);
        }
        self.step += 1;
        let [several, one] = self.least;
        let timing = TIMED as f64 * (several + one);
        if self.step as f64 * several.min(one) > TIMES * timing {
            *self = Self::new();
        }
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

    /// The steps until both ways are timed again where one takes twice as long as the other.
    const UNTIL_NEXT: usize = 32 * 4 * (1 + 2) + 1;

    #[test]
    fn the_faster_is_chosen_all_the_time_but_to_be_timed() {
        let steps = 2 * UNTIL_NEXT;
        assert_eq!(count(&shared(steps, |_| [1, 2]), false), 2 * TIMED);
        assert_eq!(count(&shared(steps, |_| [2, 1]), true), 2 * TIMED);
    }

    #[test]
    fn what_is_far_slower_is_timed_seldom() {
        let steps = 10_000;
        assert_eq!(count(&shared(steps, |_| [100, 1]), true), TIMED);
        assert_eq!(count(&shared(steps, |_| [1, 100]), false), TIMED);
    }

    #[test]
    fn a_step_that_is_interrupted_does_not_decide() {
        let times = |step| [if step == 1 { 9_000_000 } else { 1 }, 2];
        assert_eq!(count(&shared(UNTIL_NEXT, times), false), TIMED);
        assert_eq!(count(&shared(2 * UNTIL_NEXT, times), false), 2 * TIMED);
    }

    #[test]
    fn what_has_become_faster_is_found_when_both_are_timed_again() {
        let times = |step| if step < UNTIL_NEXT { [1, 2] } else { [2, 1] };
        assert_eq!(count(&shared(2 * UNTIL_NEXT, times), true), UNTIL_NEXT);
    }

    #[test]
    fn a_clock_that_stands_still_does_not_ask_for_one_thread() {
        assert_eq!(count(&shared(1000, |_| [0, 0]), false), TIMED);
    }
}
