//! Images and labels from IDX files, the format of MNIST: plain or gzipped.
//!
//! A file is `0 0 type rank`, one big-endian `u32` per size, then the elements, row-major. Only
//! unsigned bytes are read: images of rank 3 (`[n, h, w]`) or 4 (`[n, c, h, w]`), labels of rank 1.
//! A header is never believed: sizes are checked against the shape that is wanted and against what
//! the file can hold, before anything is allocated for them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::path::Path;

use super::gzip::Source;
use super::memory::{InMemory, check_classes, out_of_range};
use crate::error::{Error, Result};
use crate::shape::{Shape, Sizes};
use crate::target::Class;

/// The type code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;
/// The largest value of a pixel, which becomes 1.
const WHITE: f32 = 255.0;
/// What mends a file that is shorter or longer than it should be.
const GET_AGAIN: &str = "the file is damaged or was not copied completely: get it again";

impl<S: Shape> InMemory<S, Class> {
    /// Reads images and their labels from two IDX files, plain or gzipped.
    ///
    /// Pixels 0..=255 become 0..=1. Images `[n, h, w]` have one channel; `[n, c, h, w]` have `c`. A
    /// flat shape takes images of any shape with as many pixels.
    ///
    /// ```no_run
    /// use cnn_runtime::data::InMemory;
    /// use cnn_runtime::{Chw, Class};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let train = InMemory::<Chw<1, 28, 28>, Class>::from_idx(
    ///     "data/mnist/train-images-idx3-ubyte.gz",
    ///     "data/mnist/train-labels-idx1-ubyte.gz",
    ///     10,
    /// )?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::File`] if a file cannot be read; [`Error::Data`] if it is malformed, truncated or
    /// too long, holds other elements, ranks or image sizes, or no images at all; if the files
    /// disagree on the number of samples; if a label is not below `classes`. [`Error::Zero`] if there
    /// are no classes.
    pub fn from_idx(
        images: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: usize,
    ) -> Result<Self> {
        check_classes(classes)?;
        let images = read_images::<S>(Source::open(images.as_ref())?)?;
        let labels = read_labels(Source::open(labels.as_ref())?)?;
        combine(images, labels, classes)
    }

    /// The same from files that are in memory, for instance by `include_bytes!`.
    ///
    /// ```
    /// use cnn_runtime::data::{Dataset, InMemory};
    /// use cnn_runtime::{Chw, Class};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255]; // one image, 1x2
    /// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 3];
    /// let data = InMemory::<Chw<1, 1, 2>, Class>::from_idx_bytes(&images, &labels, 10)?;
    /// assert_eq!((data.sample(0), data.target(0)), (&[0.0, 1.0][..], 3));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`from_idx`](Self::from_idx), save that nothing has to be opened.
    pub fn from_idx_bytes(images: &[u8], labels: &[u8], classes: usize) -> Result<Self> {
        check_classes(classes)?;
        let images = read_images::<S>(Source::bytes("images", images)?)?;
        let labels = read_labels(Source::bytes("labels", labels)?)?;
        combine(images, labels, classes)
    }
}

/// A file that has been read: its elements, and how many samples they are.
struct Idx {
    name: String,
    count: usize,
    elements: Vec<u8>,
}

fn read_images<S: Shape>(mut source: Source<'_>) -> Result<Idx> {
    let rank = read_magic(&mut source, &[3, 4], "images")?;
    let sizes = read_sizes(&mut source, rank)?;
    if !fits(&sizes[1..], S::SIZES) {
        let end = 4 + 4 * rank;
        let found: Vec<usize> = sizes[1..].iter().map(|&size| size as usize).collect();
        return Err(Fault {
            place: format!("header, the sizes of an image (bytes 8..{end})"),
            expected: format!("images of shape {}", Sizes(S::SIZES)),
            found: format!("{}", Sizes(&found)),
            help: "declare the network's input in the shape of the images, or scale them",
        }
        .of(&source));
    }
    read_elements(source, &sizes)
}

fn read_labels(mut source: Source<'_>) -> Result<Idx> {
    let rank = read_magic(&mut source, &[1], "labels")?;
    let sizes = read_sizes(&mut source, rank)?;
    read_elements(source, &sizes)
}

/// Reads `0 0 type rank` and gives the rank, which is one of `ranks`.
fn read_magic(source: &mut Source<'_>, ranks: &[u8], content: &str) -> Result<usize> {
    let mut magic = [0; 4];
    if !source.fill(&mut magic)? {
        return Err(too_short(source, "header field `magic` (byte 0)", 4));
    }
    let expected = format!("0 0 8 {} for {content}", ranks[0]);
    match magic {
        [0, 0, UNSIGNED_BYTE, rank] if ranks.contains(&rank) => Ok(usize::from(rank)),
        [0, 0, UNSIGNED_BYTE, rank] => Err(Fault {
            place: "header field `magic`, the number of sizes (byte 3)".to_owned(),
            expected,
            found: format!("0 0 8 {rank}, which is {}", meaning_of_rank(rank)),
            help: "give the images first and the labels second",
        }
        .of(source)),
        [0, 0, kind, rank] => Err(Fault {
            place: "header field `magic`, the type of the elements (byte 2)".to_owned(),
            expected,
            found: format!("0 0 {kind} {rank}, which is {}", meaning_of_type(kind)),
            help: "only unsigned bytes are read: convert the file",
        }
        .of(source)),
        _ => Err(Fault {
            place: "header field `magic` (byte 0)".to_owned(),
            expected,
            found: format!("{magic:?}"),
            help: "this is no IDX file, neither plain nor gzipped: check the path",
        }
        .of(source)),
    }
}

/// Reads the sizes: the number of samples, which is not 0, then those of a sample.
fn read_sizes(source: &mut Source<'_>, rank: usize) -> Result<Vec<u32>> {
    let mut sizes = Vec::with_capacity(rank);
    for axis in 0..rank {
        let place = format!(
            "header field `{}` (byte {})",
            field(rank, axis),
            4 + 4 * axis
        );
        let mut size = [0; 4];
        if !source.fill(&mut size)? {
            return Err(too_short(source, &place, 4));
        }
        sizes.push(u32::from_be_bytes(size));
        if sizes[0] == 0 {
            return Err(Fault {
                place,
                expected: "at least one sample".to_owned(),
                found: "0".to_owned(),
                help: "an empty data set has nothing to learn from: check the path",
            }
            .of(source));
        }
    }
    Ok(sizes)
}

/// Reads the elements up to the end of the file, as many as the sizes say.
fn read_elements(mut source: Source<'_>, sizes: &[u32]) -> Result<Idx> {
    let start = source.position;
    let claimed = sizes
        .iter()
        .try_fold(1, |product: u64, &size| product.checked_mul(size.into()));
    let count = match claimed {
        Some(count) if count <= source.bound.saturating_sub(start) => count,
        _ => return Err(lying_header(&source, sizes)),
    };
    // One byte more than there should be shows both what is missing and what is too much, and
    // makes the unpacking check its sum.
    let elements = source.up_to(count + 1)?;
    if elements.len() as u64 > count {
        return Err(Fault {
            place: format!("byte {}", start + count),
            expected: format!("the end, after {count} bytes of data"),
            found: "more bytes".to_owned(),
            help: "the header does not belong to these data: get the file again",
        }
        .of(&source));
    }
    if (elements.len() as u64) < count {
        let found = elements.len();
        return Err(Fault {
            place: format!("byte {}", source.position),
            expected: format!("{count} bytes of data after the header"),
            found: format!("the end after {found}"),
            help: GET_AGAIN,
        }
        .of(&source));
    }
    Ok(Idx {
        name: source.name,
        count: sizes[0] as usize,
        elements,
    })
}

/// Brings images and labels together.
fn combine<S: Shape>(images: Idx, labels: Idx, classes: usize) -> Result<InMemory<S, Class>> {
    if images.count != labels.count {
        return Err(Error::Data {
            origin: labels.name,
            place: "header field `count` (byte 4)".to_owned(),
            expected: format!("{} labels, as {} has images", images.count, images.name),
            found: format!("{}", labels.count),
            help: "give two files of the same set".to_owned(),
        });
    }
    let mut elements = labels.elements.iter().map(|&label| usize::from(label));
    if let Some(index) = elements.position(|label| label >= classes) {
        let place = format!("label {index} (byte {})", 8 + index);
        let label = usize::from(labels.elements[index]);
        return Err(out_of_range(&labels.name, &place, label, classes));
    }
    let pixels: Vec<f32> = images
        .elements
        .iter()
        .map(|&pixel| f32::from(pixel) / WHITE)
        .collect();
    let labels: Vec<usize> = labels.elements.into_iter().map(usize::from).collect();
    InMemory::from_classes(pixels, labels, classes)
}

/// Whether an image of these sizes is a sample of shape `wanted`.
fn fits(found: &[u32], wanted: &[usize]) -> bool {
    let wanted = wanted.iter().map(|&size| size as u64);
    let found = found.iter().map(|&size| u64::from(size));
    if wanted.len() == 1 {
        return found.fold(1, u64::saturating_mul) == wanted.sum::<u64>();
    }
    // One channel may be left out.
    let ones = wanted.len().saturating_sub(found.len());
    core::iter::repeat_n(1, ones).chain(found).eq(wanted)
}

/// What is wrong with a file, and how to mend it.
struct Fault {
    place: String,
    expected: String,
    found: String,
    help: &'static str,
}

impl Fault {
    fn of(self, source: &Source<'_>) -> Error {
        Error::Data {
            origin: source.name.clone(),
            place: self.place,
            expected: self.expected,
            found: self.found,
            help: self.help.to_owned(),
        }
    }
}

fn too_short(source: &Source<'_>, place: &str, expected: usize) -> Error {
    Fault {
        place: place.to_owned(),
        expected: format!("{expected} bytes"),
        found: format!("the end of the file at byte {}", source.position),
        help: GET_AGAIN,
    }
    .of(source)
}

fn lying_header(source: &Source<'_>, sizes: &[u32]) -> Error {
    let sizes: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
    Fault {
        place: format!("header, the sizes (bytes 4..{})", source.position),
        expected: format!(
            "at most {} bytes of data, for the length of the file",
            source.bound.saturating_sub(source.position)
        ),
        found: format!("{} bytes", Sizes(&sizes)),
        help: GET_AGAIN,
    }
    .of(source)
}

fn field(rank: usize, axis: usize) -> &'static str {
    match (rank, axis) {
        (_, 0) => "count",
        (4, 1) => "channels",
        (3, 1) | (4, 2) => "rows",
        _ => "columns",
    }
}

fn meaning_of_rank(rank: u8) -> &'static str {
    match rank {
        1 => "labels",
        3 | 4 => "images",
        _ => "neither images nor labels",
    }
}

/// The types of the format, as its first description gives them (MNIST's page by Y. LeCun).
fn meaning_of_type(code: u8) -> &'static str {
    match code {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floating-point numbers",
        0x0e => "64-bit floating-point numbers",
        _ => "no type of the format",
    }
}

#[cfg(test)]
mod tests;
