//! Data sets that are held in memory, from arrays.
//!
//! Whatever gets in here has been checked: the lengths agree, every value is finite, every class is
//! in range. Reading files is not its subject.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::Dataset;
use super::shuffle::shuffled;
use crate::error::{Error, Result};
use crate::shape::{Shape, Sizes};
use crate::target::{Class, Target, Values};

/// Samples of shape `S` with targets of kind `T`, row-major in one vector.
///
/// ```
/// use cnn_runtime::data::{Dataset, InMemory};
/// use cnn_runtime::{Chw, Class};
///
/// # fn main() -> cnn_runtime::Result<()> {
/// let samples = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]; // two images of 2 by 2 pixels
/// let data = InMemory::<Chw<1, 2, 2>, Class>::from_classes(samples, [0, 1], 2)?;
/// assert_eq!(data.sample(1), [1.0, 0.0, 0.0, 1.0]);
/// assert_eq!(data.target(1), 1);
/// # Ok(())
/// # }
/// ```
pub struct InMemory<S, T: Stored> {
    samples: Vec<f32>,
    targets: T::Store,
    shape: PhantomData<fn() -> S>,
}

/// A kind of target that [`InMemory`] can hold.
pub trait Stored: Target {
    /// The targets of all samples.
    type Store: Clone + Send + Sync;

    /// The target of sample `index`.
    fn get(store: &Self::Store, index: usize) -> Self::Ref<'_>;
    /// The targets of some samples, in the order of `indices`.
    fn pick(store: &Self::Store, indices: &[usize]) -> Self::Store;
}

/// One class per sample, all below the number of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    labels: Vec<usize>,
    classes: usize,
}

impl<S: Shape> InMemory<S, Class> {
    /// Samples with the class of each, which is below `classes`.
    ///
    /// `samples: [n, S…]`, row-major; `labels: [n]`.
    ///
    /// # Errors
    /// [`Error::Zero`] if there are no classes, [`Error::Data`] if there are no samples, if the lengths
    /// disagree, if a value is infinite or NaN, or if a label is not below `classes`.
    pub fn from_classes(
        samples: impl Into<Vec<f32>>,
        labels: impl Into<Vec<usize>>,
        classes: usize,
    ) -> Result<Self> {
        let (samples, labels) = (samples.into(), labels.into());
        check_classes(classes)?;
        check_samples(S::SIZES, &samples, labels.len(), "labels")?;
        if let Some(index) = labels.iter().position(|&label| label >= classes) {
            return Err(out_of_range(
                "labels",
                &format!("label {index}"),
                labels[index],
                classes,
            ));
        }
        Ok(Self::new(samples, Classes { labels, classes }))
    }

    /// How many classes there are, whether or not each has samples.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.targets.classes
    }

    /// The class of every sample.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.targets.labels
    }
}

impl<S: Shape, O: Shape> InMemory<S, Values<O>> {
    /// Samples with values of shape `O` for each: regression, or images towards images.
    ///
    /// `samples: [n, S…]`, `targets: [n, O…]`, both row-major.
    ///
    /// ```
    /// use cnn_runtime::data::InMemory;
    /// use cnn_runtime::{Flat, Values};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let pairs = [1.0, 2.0, 3.0, 4.0];
    /// let sums = InMemory::<Flat<2>, Values<Flat<1>>>::from_values(pairs, [3.0, 7.0])?;
    /// assert_eq!(sums.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] if there are no samples, if the lengths disagree, or if a value is infinite
    /// or NaN.
    pub fn from_values(samples: impl Into<Vec<f32>>, targets: impl Into<Vec<f32>>) -> Result<Self> {
        let (samples, targets) = (samples.into(), targets.into());
        if !targets.len().is_multiple_of(O::ELEMENTS) {
            return Err(wrong_length(
                "targets",
                format!(
                    "a multiple of {} elements (shape {})",
                    O::ELEMENTS,
                    Sizes(O::SIZES)
                ),
                targets.len(),
            ));
        }
        let count = targets.len() / O::ELEMENTS.max(1);
        check_samples(S::SIZES, &samples, count, "targets")?;
        check_finite(O::SIZES, "targets", &targets)?;
        Ok(Self::new(samples, targets))
    }
}

impl<S: Shape, T: Stored> InMemory<S, T> {
    /// How many samples there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "`Dataset` has it")]
    pub fn len(&self) -> usize {
        self.samples.len() / S::ELEMENTS.max(1)
    }

    /// The samples in a random order from `seed`, cut in two: `fraction` of them, and the rest.
    ///
    /// Both parts are copies. The same seed gives the same parts on every machine.
    ///
    /// ```
    /// use cnn_runtime::data::Digits;
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let (train, test) = Digits::load()?.split(0.85, 7);
    /// assert_eq!((train.len(), test.len()), (1527, 270));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If `fraction` is not within 0..=1.
    #[must_use]
    pub fn split(&self, fraction: f64, seed: u64) -> (Self, Self) {
        assert!(
            (0.0..=1.0).contains(&fraction),
            "the fraction of a split is {fraction}, not in 0..=1"
        );
        let order = shuffled(self.len(), seed);
        let (first, rest) = order.split_at((fraction * self.len() as f64).round() as usize);
        (self.subset(first), self.subset(rest))
    }

    /// A copy of the samples at `indices`, in that order; an index may come more than once.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len).
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let mut samples = Vec::with_capacity(indices.len() * S::ELEMENTS);
        for &index in indices {
            samples.extend_from_slice(self.sample(index));
        }
        Self::new(samples, T::pick(&self.targets, indices))
    }

    /// Every value of every sample as `(value − mean) / std`; targets stay as they are.
    ///
    /// Give the mean and standard deviation of the training data, to the test data too.
    ///
    /// ```
    /// use cnn_runtime::data::{Dataset, Digits};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let digits = Digits::load()?.normalize(0.5, 0.5)?; // 0..=1 becomes −1..=1
    /// assert_eq!(digits.sample(0)[0], -1.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] if `std` is not positive, if `mean` or `std` is infinite or NaN, or if a
    /// value overflows.
    pub fn normalize(mut self, mean: f32, std: f32) -> Result<Self> {
        if !(mean.is_finite() && std.is_finite() && std > 0.0) {
            return Err(Error::Data {
                origin: "normalize".to_owned(),
                place: "arguments".to_owned(),
                expected: "a finite mean and a positive, finite std".to_owned(),
                found: format!("mean {mean}, std {std}"),
                help: "give the mean and standard deviation of the training data".to_owned(),
            });
        }
        for value in &mut self.samples {
            *value = (*value - mean) / std;
        }
        check_finite(S::SIZES, "samples after `normalize`", &self.samples)?;
        Ok(self)
    }

    /// Samples and targets that have been checked.
    pub(super) fn new(samples: Vec<f32>, targets: T::Store) -> Self {
        Self {
            samples,
            targets,
            shape: PhantomData,
        }
    }

    pub(super) fn targets(&self) -> &T::Store {
        &self.targets
    }
}

impl<S: Shape, T: Stored> Dataset for InMemory<S, T> {
    type Sample = S;
    type Target = T;

    fn len(&self) -> usize {
        self.len()
    }

    fn sample(&self, index: usize) -> &[f32] {
        &self.samples[index * S::ELEMENTS..][..S::ELEMENTS]
    }

    fn target(&self, index: usize) -> T::Ref<'_> {
        T::get(&self.targets, index)
    }
}

impl<S, T: Stored> Clone for InMemory<S, T> {
    fn clone(&self) -> Self {
        Self {
            samples: self.samples.clone(),
            targets: self.targets.clone(),
            shape: PhantomData,
        }
    }
}

impl<S: Shape, T: Stored> fmt::Debug for InMemory<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemory of {} samples {}", self.len(), Sizes(S::SIZES))
    }
}

impl Stored for Class {
    type Store = Classes;

    fn get(store: &Classes, index: usize) -> usize {
        store.labels[index]
    }

    fn pick(store: &Classes, indices: &[usize]) -> Classes {
        let labels = indices.iter().map(|&index| store.labels[index]).collect();
        Classes {
            labels,
            classes: store.classes,
        }
    }
}

impl<O: Shape> Stored for Values<O> {
    type Store = Vec<f32>;

    fn get(store: &Vec<f32>, index: usize) -> &[f32] {
        &store[index * O::ELEMENTS..][..O::ELEMENTS]
    }

    fn pick(store: &Vec<f32>, indices: &[usize]) -> Vec<f32> {
        indices
            .iter()
            .flat_map(|&index| Self::get(store, index))
            .copied()
            .collect()
    }
}

/// Labels need a class to name.
pub(super) fn check_classes(classes: usize) -> Result<()> {
    match classes {
        0 => Err(Error::Zero {
            name: "number of classes",
            example: "10",
        }),
        _ => Ok(()),
    }
}

/// A label that names no class; `place` is where it stands in `origin`.
pub(super) fn out_of_range(origin: &str, place: &str, label: usize, classes: usize) -> Error {
    Error::Data {
        origin: origin.to_owned(),
        place: place.to_owned(),
        expected: format!("a class below {classes}"),
        found: label.to_string(),
        help: "classes are counted from zero: their number is one more than the largest label"
            .to_owned(),
    }
}

pub(super) fn check_samples(
    sizes: &'static [usize],
    samples: &[f32],
    count: usize,
    counted: &str,
) -> Result<()> {
    if samples.is_empty() || count == 0 {
        return Err(Error::Data {
            origin: if samples.is_empty() {
                "samples".to_owned()
            } else {
                counted.to_owned()
            },
            place: "length".to_owned(),
            expected: "at least one sample with its target".to_owned(),
            found: "none".to_owned(),
            help: "an empty data set has nothing to learn from".to_owned(),
        });
    }
    check_length(sizes, samples.len(), count, counted)?;
    check_finite(sizes, "samples", samples)
}

fn check_length(sizes: &'static [usize], found: usize, count: usize, counted: &str) -> Result<()> {
    let elements: usize = sizes.iter().product();
    if count.checked_mul(elements) == Some(found) {
        return Ok(());
    }
    let shape = Sizes(sizes);
    let expected = format!("{count} times {elements} elements ({count} {counted}, shape {shape})");
    Err(wrong_length("samples", expected, found))
}

pub(super) fn wrong_length(origin: &str, expected: String, found: usize) -> Error {
    Error::Data {
        origin: origin.to_owned(),
        place: "length".to_owned(),
        expected,
        found: format!("{found} elements"),
        help: "one vector holds all of them, one after the other, each row-major".to_owned(),
    }
}

fn check_finite(sizes: &'static [usize], origin: &str, values: &[f32]) -> Result<()> {
    let Some(index) = values.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let elements: usize = sizes.iter().product();
    let (n, element) = (index / elements, index % elements);
    Err(Error::Data {
        origin: origin.to_owned(),
        place: format!(
            "number {n}, element {element} of shape {} (index {index})",
            Sizes(sizes)
        ),
        expected: "a finite number".to_owned(),
        found: values[index].to_string(),
        help: "drop the sample, or put a number in place of what is missing".to_owned(),
    })
}

#[cfg(test)]
mod tests;
