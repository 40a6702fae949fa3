//! The checks of numbers that a user chooses: rates, factors, bounds.
//!
//! Not the data, nor sizes such as the batch: those are checked where training begins.

use core::fmt;

/// A number that cannot be meant, with the range that can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HyperparameterFault {
    /// What it is called, `learning rate`.
    pub name: &'static str,
    /// Which of several it is, for instance the class of a weight.
    pub index: Option<usize>,
    /// The value found.
    pub found: f64,
    /// The values that make sense, `a finite number above 0`.
    pub expected: &'static str,
    /// What to write instead.
    pub help: &'static str,
}

impl fmt::Display for HyperparameterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            index,
            found,
            expected,
            help,
        } = self;
        write!(f, "the {name}")?;
        if let Some(index) = index {
            write!(f, " {index}")?;
        }
        write!(f, " is {found}, expected {expected}; {help}")
    }
}

impl core::error::Error for HyperparameterFault {}

/// Accepts finite numbers above zero.
pub(crate) fn positive(
    name: &'static str,
    found: f64,
    help: &'static str,
) -> Result<(), HyperparameterFault> {
    let expected = "a finite number above 0";
    accept(
        found.is_finite() && found > 0.0,
        name,
        found,
        expected,
        help,
    )
}

/// Accepts finite numbers from zero.
pub(crate) fn not_negative(
    name: &'static str,
    found: f64,
    help: &'static str,
) -> Result<(), HyperparameterFault> {
    let expected = "a finite number, 0 or above";
    accept(
        found.is_finite() && found >= 0.0,
        name,
        found,
        expected,
        help,
    )
}

/// Accepts numbers from zero, below one.
pub(crate) fn below_one(
    name: &'static str,
    found: f64,
    help: &'static str,
) -> Result<(), HyperparameterFault> {
    let expected = "a number from 0, below 1";
    accept((0.0..1.0).contains(&found), name, found, expected, help)
}

/// Accepts numbers from zero to one.
pub(crate) fn fraction(
    name: &'static str,
    found: f64,
    help: &'static str,
) -> Result<(), HyperparameterFault> {
    let expected = "a number from 0 to 1";
    accept((0.0..=1.0).contains(&found), name, found, expected, help)
}

/// The fault, unless the value is `good`.
pub(crate) fn accept(
    good: bool,
    name: &'static str,
    found: f64,
    expected: &'static str,
    help: &'static str,
) -> Result<(), HyperparameterFault> {
    if good {
        return Ok(());
    }
    Err(HyperparameterFault {
        name,
        index: None,
        found,
        expected,
        help,
    })
}
