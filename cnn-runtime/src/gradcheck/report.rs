//! What a gradient check found, tensor by tensor.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// The outcome of a gradient check; its `Display` is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    name: &'static str,
    tolerance: f64,
    tensors: Vec<TensorReport>,
}

/// The outcome for one parameter tensor, or for the input.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorReport {
    /// The tensor's name, `conv1.weight`, or `input`.
    pub name: String,
    /// Its sizes; those of the input begin with the batch.
    pub shape: Vec<usize>,
    /// How many entries were compared.
    pub checked: usize,
    /// How many entries lie on a kink (of `relu`, of a tie in `max_pool`), where there is no
    /// derivative.
    pub skipped: usize,
    /// How many entries could not be compared, because the rounding of the loss is no smaller than
    /// derivatives of this network are.
    pub lost: usize,
    /// How many of the compared entries are wrong.
    pub wrong: usize,
    /// The compared entry with the largest relative error.
    pub worst: Option<Entry>,
}

/// One compared entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the tensor, one index per dimension.
    pub index: Vec<usize>,
    /// What `backward` computes.
    pub analytic: f64,
    /// What differences of the loss give.
    pub numeric: f64,
    /// Their distance, divided by the larger one; infinite where a number is not finite.
    pub relative_error: f64,
}

/// A tensor whose gradient is wrong, or could not be checked.
#[derive(Clone, Debug, PartialEq)]
pub enum GradientFault {
    /// Analytic and numeric gradient differ.
    Wrong {
        /// The network.
        network: &'static str,
        /// The tensor.
        tensor: String,
        /// How many of its entries are wrong.
        wrong: usize,
        /// How many were compared.
        checked: usize,
        /// The worst of them.
        worst: Entry,
    },
    /// Nearly all entries lie on kinks, or are lost in rounding, so that nothing is known.
    Inconclusive {
        /// The network.
        network: &'static str,
        /// The tensor.
        tensor: String,
        /// How many entries were compared.
        checked: usize,
        /// How many lie on a kink.
        skipped: usize,
        /// How many are lost in the rounding of the loss.
        lost: usize,
    },
}

/// The share of the chosen entries that must have been compared for a tensor to pass, 1 in this many.
const COMPARED_AT_LEAST_ONE_IN: usize = 10;

impl Report {
    pub(super) fn new(name: &'static str, tolerance: f64, tensors: Vec<TensorReport>) -> Self {
        Self {
            name,
            tolerance,
            tensors,
        }
    }

    /// Every parameter tensor that is learned, in order, then the input.
    #[must_use]
    pub fn tensors(&self) -> &[TensorReport] {
        &self.tensors
    }

    /// The outcome for the tensor of that name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorReport> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Whether every tensor passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.tensors.iter().all(TensorReport::passed)
    }

    /// The report if every tensor passed.
    ///
    /// # Errors
    /// The first tensor that did not.
    pub fn into_result(self) -> Result<Self, GradientFault> {
        let Some(failed) = self.tensors.iter().find(|tensor| !tensor.passed()) else {
            return Ok(self);
        };
        let (network, tensor) = (self.name, failed.name.clone());
        Err(match &failed.worst {
            Some(worst) if failed.wrong > 0 => GradientFault::Wrong {
                network,
                tensor,
                wrong: failed.wrong,
                checked: failed.checked,
                worst: worst.clone(),
            },
            _ => GradientFault::Inconclusive {
                network,
                tensor,
                checked: failed.checked,
                skipped: failed.skipped,
                lost: failed.lost,
            },
        })
    }
}

impl TensorReport {
    pub(super) fn new(name: String, shape: Vec<usize>) -> Self {
        Self {
            name,
            shape,
            checked: 0,
            skipped: 0,
            lost: 0,
            wrong: 0,
            worst: None,
        }
    }

    /// Whether enough entries were compared, and all of them are right.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.wrong == 0 && self.is_conclusive()
    }

    /// Whether enough entries were compared to say something.
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        let chosen = self.checked + self.skipped + self.lost;
        let is_empty = self.shape.contains(&0);
        is_empty || (self.checked > 0 && self.checked * COMPARED_AT_LEAST_ONE_IN >= chosen)
    }

    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    pub(super) fn lose(&mut self) {
        self.lost += 1;
    }

    /// Notes a comparison; numbers that differ by no more than `noise` are equal.
    pub(super) fn compare(
        &mut self,
        entry: usize,
        analytic: f64,
        numeric: f64,
        noise: f64,
        tolerance: f64,
    ) {
        // A difference of `noise` divided by this size is the tolerance.
        let size = analytic.abs().max(numeric.abs()).max(noise / tolerance);
        let error = (analytic - numeric).abs() / size;
        let relative_error = if error.is_finite() {
            error
        } else {
            f64::INFINITY
        };
        self.checked += 1;
        self.wrong += usize::from(relative_error > tolerance);
        let worst = self.worst.as_ref();
        if worst.is_none_or(|worst| relative_error > worst.relative_error) {
            self.worst = Some(Entry {
                index: index(entry, &self.shape),
                analytic,
                numeric,
                relative_error,
            });
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.wrong, self.is_conclusive()) {
            (0, true) => "ok",
            (0, false) if self.lost > self.skipped => "lost in rounding",
            (0, false) => "too many kinks",
            _ => "WRONG",
        }
    }
}

/// One index per dimension of the element `flat` of a row-major tensor.
fn index(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let place = flat % size;
            flat /= size;
            place
        })
        .collect();
    index.reverse();
    index
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = [
            "tensor", "shape", "checked", "skipped", "wrong", "worst", "analytic", "numeric",
            "error", "",
        ];
        let rows: Vec<_> = self.tensors.iter().map(TensorReport::cells).collect();
        let widths: [usize; 10] = core::array::from_fn(|column| {
            let cells = rows.iter().map(|row| row[column].len());
            cells.chain([heads[column].len()]).max().unwrap_or(0)
        });
        writeln!(
            f,
            "gradients of {}, tolerance {:e}:",
            self.name, self.tolerance
        )?;
        write_row(f, &heads, &widths)?;
        for row in &rows {
            write_row(f, row, &widths)?;
        }
        let failed = self
            .tensors
            .iter()
            .filter(|tensor| !tensor.passed())
            .count();
        match failed {
            0 => write!(f, "passed: {} tensors", self.tensors.len()),
            _ => write!(f, "FAILED: {failed} of {} tensors", self.tensors.len()),
        }
    }
}

/// One line: the first two columns to the left, figures to the right, the verdict at the end.
fn write_row<C: AsRef<str>>(
    f: &mut fmt::Formatter<'_>,
    cells: &[C; 10],
    widths: &[usize; 10],
) -> fmt::Result {
    let mut line = String::new();
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        let cell = cell.as_ref();
        line += &match column {
            0 | 1 | 9 => format!("{cell:<width$}  "),
            _ => format!("{cell:>width$}  "),
        };
    }
    writeln!(f, "{}", line.trim_end())
}

impl TensorReport {
    /// The cells of its line in the table.
    fn cells(&self) -> [String; 10] {
        let [index, analytic, numeric, error] = match &self.worst {
            Some(worst) => [
                format!("{:?}", worst.index),
                format!("{:.6e}", worst.analytic),
                format!("{:.6e}", worst.numeric),
                format!("{:.1e}", worst.relative_error),
            ],
            None => ["-"; 4].map(String::from),
        };
        [
            self.name.clone(),
            format!("{:?}", self.shape),
            self.checked.to_string(),
            self.skipped.to_string(),
            self.wrong.to_string(),
            index,
            analytic,
            numeric,
            error,
            self.verdict().to_string(),
        ]
    }
}

impl fmt::Display for GradientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong {
                network,
                tensor,
                wrong,
                checked,
                worst,
            } => write!(
                f,
                "the gradient of {network} by `{tensor}` is wrong in {wrong} of {checked} entries; at \
                 {:?} it is {:e} where differences of the loss give {:e} (relative error {:.1e})",
                worst.index, worst.analytic, worst.numeric, worst.relative_error
            ),
            Self::Inconclusive {
                network,
                tensor,
                checked,
                skipped,
                lost,
            } => write!(
                f,
                "the gradient of {network} by `{tensor}` could not be checked: of {} entries {skipped} lie \
                 on a kink of `relu` or a tie of `max_pool`, and {lost} are smaller than the rounding of \
                 the loss; try other samples, targets near the outputs, a jitter above 0, or the step 1e-4",
                checked + skipped + lost
            ),
        }
    }
}

impl core::error::Error for GradientFault {}
