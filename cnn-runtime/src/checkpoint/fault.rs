//! What does not fit between the tensors of a file and the parameters of a network.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};

use crate::spec::{ParameterSpec, Role, Spec};

/// How many faults a message shows; a file of another network has a fault per tensor.
const SHOWN: usize = 12;

/// A tensor that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TensorFault {
    /// The file lacks a parameter.
    Missing {
        /// The parameter.
        name: &'static str,
        /// Its sizes.
        shape: &'static [usize],
        /// A tensor of the file that may be meant: its name is close, or it has the same sizes.
        close: Option<String>,
    },
    /// The network has no such parameter.
    Unexpected {
        /// The tensor's name in the file.
        name: String,
        /// Its sizes.
        shape: Vec<usize>,
    },
    /// The sizes differ.
    Shape {
        /// The parameter.
        name: &'static str,
        /// The sizes in the file.
        found: Vec<usize>,
        /// The parameter's sizes.
        expected: &'static [usize],
    },
    /// The elements are of another type: not `f32`, or not `i64` where batches are counted.
    Type {
        /// The parameter.
        name: &'static str,
        /// The type that belongs there.
        expected: &'static str,
        /// The type in the file, in the format's own words.
        found: String,
    },
}

/// A value that no trained parameter has.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ValueFault {
    /// The first parameter that has one.
    pub tensor: &'static str,
    /// Where in the parameter the first one is.
    pub index: Vec<usize>,
    /// NaN, infinite, or negative in a variance.
    pub value: f32,
    /// How many more values are wrong.
    pub others: usize,
}

impl ValueFault {
    /// A finite value is wrong only in a variance.
    fn is_of_variance(&self) -> bool {
        self.value.is_finite()
    }

    /// What should stand there.
    pub(crate) fn expected(&self) -> &'static str {
        match self.is_of_variance() {
            true => "a variance of at least 0",
            false => "finite numbers",
        }
    }

    /// What would mend a file.
    pub(crate) fn help_to_load(&self) -> &'static str {
        match self.is_of_variance() {
            true => {
                "no training makes a variance negative: the file is damaged, or what wrote it holds \
                 something else under this name; get it again"
            }
            false => {
                "the network had diverged when it was saved: load an earlier checkpoint, or train \
                 again with a lower learning rate or `.clip(Clip::GlobalNorm(1.0))`"
            }
        }
    }

    /// What would mend a network.
    pub(crate) fn help_to_save(&self) -> &'static str {
        match self.is_of_variance() {
            true => {
                "no training makes a variance negative: look for what wrote into `statistics_mut()` \
                 or `values_mut()`"
            }
            false => {
                "the network has diverged: go on from an earlier checkpoint, or train again with a \
                 lower learning rate or `.clip(Clip::GlobalNorm(1.0))`"
            }
        }
    }
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tensor,
            index,
            value,
            others,
        } = self;
        write!(f, "`{tensor}` is {value} at {index:?}")?;
        match others {
            0 => Ok(()),
            1 => f.write_str(", and 1 more value is wrong"),
            _ => write!(f, ", and {others} more values are wrong"),
        }
    }
}

impl fmt::Display for TensorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, shape, close } => {
                write!(f, "expected `{name}` {shape:?}, found no such tensor")?;
                let Some(close) = close else { return Ok(()) };
                let close = printable(close);
                write!(f, "; did you mean `{close}`, which the file has?")
            }
            Self::Unexpected { name, shape } => {
                let name = printable(name);
                write!(f, "expected no more tensors, found `{name}` {shape:?}")
            }
            Self::Shape {
                name,
                found,
                expected,
            } => {
                write!(f, "expected `{name}` {expected:?}, found {found:?}")?;
                let transposed = found.len() == 2 && found.iter().rev().eq(expected.iter());
                if transposed {
                    f.write_str(", which is transposed")
                } else {
                    Ok(())
                }
            }
            Self::Type {
                name,
                expected,
                found,
            } => write!(f, "expected `{name}` in {expected}, found {found}"),
        }
    }
}

/// Text of a file for a terminal, which control characters would command: they are escaped.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown
}

/// The faults as lines of a message, the first ones of many, with what would mend them.
pub(crate) fn list(faults: &[TensorFault]) -> String {
    let mut lines: Vec<String> = faults
        .iter()
        .take(SHOWN)
        .map(|fault| format!("\n  {fault}"))
        .collect();
    if faults.len() > SHOWN {
        lines.push(format!("\n  and {} more", faults.len() - SHOWN));
    }
    lines.push(
        "\nhelp: load a checkpoint of this network; parameters are named after the labels of its \
         declaration (`conv1: conv<5x5>(6)` has `conv1.weight`), in PyTorch's layouts and in F32"
            .to_owned(),
    );
    lines.concat()
}

/// Every difference between what a network has and what a file holds.
pub(super) fn compare(spec: &Spec, tensors: &HashMap<String, TensorView<'_>>) -> Vec<TensorFault> {
    let mut left: Vec<(&str, &[usize])> = tensors
        .iter()
        .map(|(name, view)| (name.as_str(), view.shape()))
        .collect();
    left.retain(|(name, _)| spec.tensors().all(|parameter| parameter.name != *name));
    left.sort_unstable();
    let mut faults = Vec::new();
    for parameter in spec.tensors() {
        match tensors.get(parameter.name) {
            Some(view) => faults.extend(differences(parameter, view)),
            None => faults.push(missing(parameter, &mut left)),
        }
    }
    faults.extend(
        left.into_iter()
            .map(|(name, shape)| TensorFault::Unexpected {
                name: name.to_owned(),
                shape: shape.to_vec(),
            }),
    );
    faults
}

fn differences(parameter: &ParameterSpec, view: &TensorView<'_>) -> Option<TensorFault> {
    let name = parameter.name;
    if view.shape() != parameter.shape {
        let (found, expected) = (view.shape().to_vec(), parameter.shape);
        return Some(TensorFault::Shape {
            name,
            found,
            expected,
        });
    }
    let (found, expected) = (view.dtype(), element(parameter.role));
    (found != expected).then(|| TensorFault::Type {
        name,
        expected: match expected {
            Dtype::I64 => "I64",
            _ => "F32",
        },
        found: found.to_string(),
    })
}

/// The first value of some tensors that is NaN or infinite, or a negative variance.
pub(super) fn first_wrong<V: IntoIterator<Item = f32>>(
    tensors: impl Iterator<Item = (&'static ParameterSpec, V)>,
) -> Option<ValueFault> {
    let faults = tensors.filter_map(|(parameter, values)| {
        let least = match parameter.role {
            Role::RunningVariance => 0.0,
            _ => f32::MIN,
        };
        let values = values.into_iter().enumerate();
        let mut wrong = values.filter(|(_, value)| !(least..=f32::MAX).contains(value));
        let (position, value) = wrong.next()?;
        Some(ValueFault {
            tensor: parameter.name,
            index: index_of(position, parameter.shape),
            value,
            others: wrong.count(),
        })
    });
    faults.reduce(|first, next| ValueFault {
        others: first.others + 1 + next.others,
        ..first
    })
}

/// The index of an element of a tensor, by its position in row-major order.
fn index_of(position: usize, shape: &[usize]) -> Vec<usize> {
    let mut left = position;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let digit = left % size;
            left /= size;
            digit
        })
        .collect();
    index.reverse();
    index
}

/// The type of a tensor in a file.
pub(super) const fn element(role: Role) -> Dtype {
    match role {
        Role::BatchCount => Dtype::I64,
        _ => Dtype::F32,
    }
}

/// A parameter that the file lacks, with the tensor that may be meant, which is taken from `left`.
fn missing(parameter: &ParameterSpec, left: &mut Vec<(&str, &[usize])>) -> TensorFault {
    let (name, shape) = (parameter.name, parameter.shape);
    let distance = |other: &str| edit_distance(name, other);
    let meant = left
        .iter()
        .enumerate()
        .filter(|(_, (other, sizes))| *sizes == shape || distance(other) <= name.len() / 3)
        .min_by_key(|(_, (other, sizes))| (*sizes != shape, distance(other)))
        .map(|(index, _)| index);
    let close = meant.map(|index| left.remove(index).0.to_owned());
    TensorFault::Missing { name, shape, close }
}

/// How many characters must be put in, left out or replaced to make `b` of `a` (V. Levenshtein,
/// 1965), row by row of the table of all prefixes.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let replaced = row[j] + usize::from(from != to);
            next.push(replaced.min(row[j + 1] + 1).min(next[j] + 1));
        }
        row = next;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_single_changes() {
        for (a, b, distance) in [
            ("", "abc", 3),
            ("conv1", "conv1", 0),
            ("conv1", "cnov2", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let fault = TensorFault::Type {
            name: "dense1.bias",
            expected: "F32",
            found: "F16".to_owned(),
        };
        let text = list(&vec![fault; SHOWN + 3]);
        assert_eq!(text.matches("dense1.bias").count(), SHOWN);
        assert!(text.contains("and 3 more"));
    }
}
