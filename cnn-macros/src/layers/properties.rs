//! What a layer says of itself, so that the pass `lint` can see what is hardly meant without knowing
//! any layer.

use std::fmt;

use super::Change;

/// What is true of a layer whatever stands before and behind it; nothing, unless it says so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// The inputs that the layer hands on as they are: relu those from zero.
    pub(crate) unchanged_on: Option<Interval>,
    /// Makes probabilities of logits: sigmoid, softmax.
    pub(crate) makes_probabilities: bool,
    /// Keeps probabilities what they are, as pooling and flatten do.
    pub(crate) keeps_probabilities: bool,
    /// The change of an option by which the layer no longer adds a constant to each channel.
    pub(crate) without_constant: Option<Change>,
    /// Whether it gives the same if a constant is added to a channel of its input.
    pub(crate) removes_constant: Removal,
    /// Disturbs what flows through it, in training alone: dropout.
    pub(crate) only_in_training: bool,
}

/// How a layer takes the mean of a channel from it, if it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Removal {
    #[default]
    None,
    /// That of each sample: instance normalization.
    OfSample,
    /// In training that of the batch, unless it is frozen: batch normalization.
    OfBatch,
}

/// The numbers from `low` to `high`, both included, and NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    /// All numbers.
    pub(crate) const ALL: Self = Self::new(f64::NEG_INFINITY, f64::INFINITY);
    /// Zero and above.
    pub(crate) const NOT_NEGATIVE: Self = Self::new(0.0, f64::INFINITY);

    pub(crate) const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// Whether every number of `other` is in this interval.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// The smallest interval with this one and zero.
    pub(crate) fn with_zero(self) -> Self {
        Self::new(self.low.min(0.0), self.high.max(0.0))
    }

    /// What a function that never falls makes of the interval.
    pub(crate) fn map(self, function: impl Fn(f64) -> f64) -> Self {
        Self::new(function(self.low), function(self.high))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, high } = *self;
        match (low.is_finite(), high.is_finite()) {
            (true, true) if low == high => write!(f, "{low}"),
            (true, true) => write!(f, "from {low} to {high}"),
            (true, false) => write!(f, "at least {low}"),
            (false, true) => write!(f, "at most {high}"),
            (false, false) => f.write_str("any number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_said_in_words() {
        let cases = [
            (Interval::ALL, "any number"),
            (Interval::NOT_NEGATIVE, "at least 0"),
            (Interval::new(0.0, 1.0), "from 0 to 1"),
            (Interval::new(f64::NEG_INFINITY, 0.5), "at most 0.5"),
            (Interval::new(2.0, 2.0), "2"),
        ];
        for (interval, text) in cases {
            assert_eq!(interval.to_string(), text);
        }
    }

    #[test]
    fn an_interval_contains_itself_and_smaller_ones() {
        let unit = Interval::new(0.0, 1.0);
        assert!(Interval::ALL.contains(Interval::ALL));
        assert!(Interval::NOT_NEGATIVE.contains(unit));
        assert!(!unit.contains(Interval::NOT_NEGATIVE));
        assert!(!Interval::NOT_NEGATIVE.contains(Interval::new(-1.0, 1.0)));
        assert_eq!(Interval::new(1.0, 2.0).with_zero(), Interval::new(0.0, 2.0));
    }
}
