//! Whether a step is faster if several threads share it: found out by timing both.

use std::time::Duration;

/// How many steps are timed of each way, of which the fastest counts. The first wakes the others, perhaps.
const TIMED: usize = 4;

/// After so many steps both are timed again, for neighbours come and go.
const PERIOD: usize = 256;

/// Times steps that are shared and steps of one thread, whose results are the same, and chooses what is faster.
#[derive(Debug)]
pub(super) struct Trial {
    /// Of the period.
    step: usize,
    /// What a sample has taken at least on several threads, and on one.
    least: [Duration; 2],
}

impl Trial {
    pub(super) fn new() -> Self {
        Self {
            step: 0,
            least: [Duration::MAX; 2],
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
        let least = &mut self.least[usize::from(!self.shares())];
        *least = (time / samples as u32).min(*least);
        self.step += 1;
        if self.step == PERIOD {
            *self = Self::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many steps are shared, where a sample takes so long on several threads, and on one.
    fn shared(steps: usize, mut times: impl FnMut(usize) -> [u64; 2]) -> usize {
        let mut trial = Trial::new();
        let mut count = 0;
        for step in 0..steps {
            let [several, one] = times(step);
            let shares = trial.shares();
            count += usize::from(shares);
            let samples = 1 + step % 7;
            let of_sample = Duration::from_micros(if shares { several } else { one });
            trial.note(of_sample * samples as u32, samples);
        }
        count
    }

    #[test]
    fn the_faster_is_chosen_all_the_time_but_to_be_timed() {
        assert_eq!(shared(2 * PERIOD, |_| [1, 2]), 2 * (PERIOD - TIMED));
        assert_eq!(shared(2 * PERIOD, |_| [2, 1]), 2 * TIMED);
    }

    #[test]
    fn a_step_that_is_interrupted_does_not_decide() {
        assert_eq!(
            shared(PERIOD, |step| [if step == 1 { 9 } else { 1 }, 2]),
            PERIOD - TIMED
        );
    }

    #[test]
    fn what_has_become_faster_is_found_in_the_next_period() {
        let times = |step| if step < PERIOD { [1, 2] } else { [2, 1] };
        assert_eq!(shared(2 * PERIOD, times), PERIOD);
    }
}
