//! Data sets for segmentation: images with one class for each pixel.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::memory::{InMemory, Stored, check_classes, check_samples, wrong_length};
use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::target::ClassMap;

/// One class per pixel of every sample, all below the number of classes or ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMaps {
    labels: Vec<u16>,
    classes: usize,
}

impl<S: Shape, const H: usize, const W: usize> InMemory<S, ClassMap<H, W>> {
    /// Samples with the class of each pixel, which is below `classes`.
    ///
    /// `samples: [n, S…]`, `labels: [n, H, W]`, both row-major. The network's output has `H` rows and
    /// `W` columns, whatever the samples have.
    ///
    /// ```
    /// use cnn_runtime::data::{Dataset, InMemory};
    /// use cnn_runtime::{Chw, ClassMap};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let image = [0.1, 0.9, 0.8, 0.2];
    /// let data = InMemory::<Chw<1, 2, 2>, ClassMap<2, 2>>::from_class_maps(image, [0, 1, 1, 0], 2)?;
    /// assert_eq!(data.target(0), [0, 1, 1, 0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Zero`] if there are no classes, [`Error::Data`] if there are no samples, if the lengths
    /// disagree, if a value is infinite or NaN, or if a label is not below `classes`.
    pub fn from_class_maps(
        samples: impl Into<Vec<f32>>,
        labels: impl Into<Vec<u16>>,
        classes: usize,
    ) -> Result<Self> {
        Self::checked(samples.into(), labels.into(), classes, None)
    }

    /// The same, where pixels may also have the label `ignored`: give it to
    /// [`ignore_index`](crate::loss::SoftmaxCrossEntropy::ignore_index) too.
    ///
    /// ```
    /// use cnn_runtime::data::InMemory;
    /// use cnn_runtime::{Chw, ClassMap};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// type Labelled = InMemory<Chw<1, 2, 2>, ClassMap<2, 2>>;
    /// let image = [0.1, 0.9, 0.8, 0.2];
    /// let data = Labelled::from_class_maps_ignoring(image, [0, 1, 1, 255], 2, 255)?;
    /// assert_eq!((data.len(), data.classes()), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`from_class_maps`](Self::from_class_maps).
    pub fn from_class_maps_ignoring(
        samples: impl Into<Vec<f32>>,
        labels: impl Into<Vec<u16>>,
        classes: usize,
        ignored: u16,
    ) -> Result<Self> {
        Self::checked(samples.into(), labels.into(), classes, Some(ignored))
    }

    /// How many classes there are, whether or not each has pixels; an ignored one is not counted.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.targets().classes
    }

    fn checked(
        samples: Vec<f32>,
        labels: Vec<u16>,
        classes: usize,
        ignored: Option<u16>,
    ) -> Result<Self> {
        const { assert!(H > 0 && W > 0, "a class map has rows and columns") };
        let pixels = H * W;
        check_classes(classes)?;
        if !labels.len().is_multiple_of(pixels) {
            let expected = format!("a multiple of {pixels} elements (one per pixel of {H}x{W})");
            return Err(wrong_length("labels", expected, labels.len()));
        }
        check_samples(S::SIZES, &samples, labels.len() / pixels, "class maps")?;
        let is_wrong = |&label: &u16| usize::from(label) >= classes && Some(label) != ignored;
        match labels.iter().position(is_wrong) {
            Some(index) => Err(wrong_label::<W>(
                index,
                pixels,
                labels[index],
                classes,
                ignored,
            )),
            None => Ok(Self::new(samples, ClassMaps { labels, classes })),
        }
    }
}

fn wrong_label<const W: usize>(
    index: usize,
    pixels: usize,
    label: u16,
    classes: usize,
    ignored: Option<u16>,
) -> Error {
    let (sample, pixel) = (index / pixels, index % pixels);
    let allowed = ignored.map_or_else(String::new, |ignored| format!(" or the ignored {ignored}"));
    Error::Data {
        origin: "labels".to_owned(),
        place: format!("sample {sample}, row {}, column {}", pixel / W, pixel % W),
        expected: format!("a class below {classes}{allowed}"),
        found: label.to_string(),
        help: match ignored {
            Some(_) => {
                "classes are counted from zero: their number is one more than the largest label"
            }
            None => {
                "classes are counted from zero; pixels without a class have a label of their own, \
                 which `from_class_maps_ignoring` takes"
            }
        }
        .to_owned(),
    }
}

impl<const H: usize, const W: usize> Stored for ClassMap<H, W> {
    type Store = ClassMaps;

    fn get(store: &ClassMaps, index: usize) -> &[u16] {
        &store.labels[index * H * W..][..H * W]
    }

    fn pick(store: &ClassMaps, indices: &[usize]) -> ClassMaps {
        let labels = indices.iter().flat_map(|&index| Self::get(store, index));
        ClassMaps {
            labels: labels.copied().collect(),
            classes: store.classes,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::data::Dataset;
    use crate::shape::Chw;

    type Maps = InMemory<Chw<1, 2, 3>, ClassMap<2, 3>>;

    fn message(result: Result<Maps>) -> String {
        result.map_or_else(|error| error.to_string(), |_| String::from("no error"))
    }

    #[test]
    fn maps_come_back_by_index_and_in_subsets() -> Result<()> {
        let data = Maps::from_class_maps([0.5; 12], [0, 1, 2, 0, 1, 2, 2, 2, 2, 1, 1, 1], 3)?;
        assert_eq!((data.len(), data.classes()), (2, 3));
        assert_eq!(data.target(1), [2, 2, 2, 1, 1, 1]);
        let swapped = data.subset(&[1, 0]);
        assert_eq!(swapped.target(1), [0, 1, 2, 0, 1, 2]);
        assert_eq!(swapped.classes(), 3);
        Ok(())
    }

    #[test]
    fn a_label_out_of_range_names_sample_and_pixel() {
        let labels = [0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 255, 0];
        assert_eq!(
            message(Maps::from_class_maps([0.5; 12], labels, 3)),
            "labels: sample 1, row 1, column 1: expected a class below 3, found 255\n\
             help: classes are counted from zero; pixels without a class have a label of their own, \
             which `from_class_maps_ignoring` takes"
        );
        assert_eq!(
            message(Maps::from_class_maps_ignoring([0.5; 12], labels, 2, 255)),
            "labels: sample 0, row 0, column 2: expected a class below 2 or the ignored 255, found 2\n\
             help: classes are counted from zero: their number is one more than the largest label"
        );
        assert_eq!(
            message(Maps::from_class_maps([0.5; 12], labels, 0)),
            "the number of classes is 0, expected at least 1; write for example `10`"
        );
        let right = Maps::from_class_maps_ignoring([0.5; 12], labels, 3, 255);
        assert!(right.is_ok());
    }

    #[test]
    fn lengths_that_disagree_are_an_error() {
        let first_line = |samples: Vec<f32>, labels: Vec<u16>| {
            let message = message(Maps::from_class_maps(samples, labels, 3));
            message.lines().next().map(ToOwned::to_owned)
        };
        assert_eq!(
            first_line(vec![0.0; 6], vec![0; 7]).as_deref(),
            Some(
                "labels: length: expected a multiple of 6 elements (one per pixel of 2x3), found 7 elements"
            )
        );
        assert_eq!(
            first_line(vec![0.0; 6], vec![0; 12]).as_deref(),
            Some(
                "samples: length: expected 2 times 6 elements (2 class maps, shape 1x2x3), found 6 \
                 elements"
            )
        );
        assert!(
            first_line(vec![], vec![]).is_some_and(|line| line.contains("at least one sample"))
        );
    }
}
