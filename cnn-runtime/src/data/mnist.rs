//! MNIST from its four files.

use std::path::{Path, PathBuf};

use super::InMemory;
use crate::error::{Error, Result};
use crate::shape::Chw;
use crate::target::Class;

/// Images and labels to train on, then those to test on.
const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];
const SOURCE: &str = "put the four files of MNIST there, plain or gzipped (.gz); they are at \
    https://ossci-datasets.s3.amazonaws.com/mnist/ and http://yann.lecun.com/exdb/mnist/";

/// 70,000 handwritten digits of 28 by 28 pixels, by Y. LeCun, C. Cortes and C. Burges (1998).
///
/// The files are not part of the library. Those of Fashion-MNIST, KMNIST and other sets that share
/// names and format with MNIST are read as well.
#[derive(Clone, Copy, Debug)]
pub struct Mnist;

impl Mnist {
    /// The images to train on and those to test on, from the four files in `folder`, each with or
    /// without `.gz`. Pixels are scaled to 0..=1.
    ///
    /// ```no_run
    /// use cnn_runtime::data::Mnist;
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let (train, test) = Mnist::load("data/mnist")?;
    /// println!("{} images to train on, {} to test on", train.len(), test.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::MissingFiles`] with the place where to get them; otherwise those of
    /// [`InMemory::from_idx`].
    pub fn load(
        folder: impl AsRef<Path>,
    ) -> Result<(
        InMemory<Chw<1, 28, 28>, Class>,
        InMemory<Chw<1, 28, 28>, Class>,
    )> {
        let [images, labels, test_images, test_labels] = find(folder.as_ref())?;
        let train = InMemory::from_idx(images, labels, 10)?;
        let test = InMemory::from_idx(test_images, test_labels, 10)?;
        Ok((train, test))
    }
}

/// The paths of the four files.
fn find(folder: &Path) -> Result<[PathBuf; 4]> {
    let found = FILES.map(|name| {
        let plain = folder.join(name);
        let gzipped = folder.join(std::format!("{name}.gz"));
        [plain, gzipped].into_iter().find(|path| path.exists())
    });
    if let [Some(a), Some(b), Some(c), Some(d)] = found {
        return Ok([a, b, c, d]);
    }
    let missing = FILES
        .into_iter()
        .zip(&found)
        .filter(|(_, path)| path.is_none());
    Err(Error::MissingFiles {
        folder: folder.to_path_buf(),
        files: missing.map(|(name, _)| name).collect(),
        help: SOURCE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    /// `count` blank images and their labels.
    fn files(count: u8) -> [std::vec::Vec<u8>; 2] {
        let mut images = [
            &[0, 0, 8, 3, 0, 0, 0, count][..],
            &[0, 0, 0, 28, 0, 0, 0, 28],
        ]
        .concat();
        images.resize(16 + 784 * usize::from(count), 0);
        let mut labels = [0, 0, 8, 1, 0, 0, 0, count].to_vec();
        labels.resize(8 + usize::from(count), 7);
        [images, labels]
    }

    #[test]
    fn the_four_files_are_found() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        for (name, bytes) in FILES.iter().zip(files(3).into_iter().chain(files(2))) {
            std::fs::write(folder.path().join(name), bytes)?;
        }
        let (train, test) = Mnist::load(folder.path()).map_err(std::io::Error::other)?;
        assert_eq!((train.len(), test.len(), test.target(1)), (3, 2, 7));
        Ok(())
    }

    #[test]
    fn gzipped_names_are_found_too() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in FILES {
            std::fs::write(folder.path().join(std::format!("{name}.gz")), [])?;
        }
        let paths = find(folder.path()).map_err(std::io::Error::other)?;
        assert!(
            paths
                .iter()
                .all(|path| path.extension().is_some_and(|end| end == "gz"))
        );
        Ok(())
    }

    #[test]
    fn missing_files_are_all_named_with_their_source() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join(FILES[0]), [])?;
        let Err(error) = Mnist::load(folder.path()) else {
            panic!("one file is not enough");
        };
        let message = std::format!("{error}");
        for name in &FILES[1..] {
            assert!(message.contains(&std::format!("no {name}")), "{message}");
        }
        assert!(!message.contains(FILES[0]), "{message}");
        assert!(
            message.contains("https://ossci-datasets.s3.amazonaws.com/mnist/"),
            "{message}"
        );
        Ok(())
    }
}
