//! Real handwritten digits that come with the library.

use super::InMemory;
use crate::error::Result;
use crate::shape::Chw;
use crate::target::Class;

/// 1,797 handwritten digits of 8 by 8 pixels, written by 13 people: no file is needed.
///
/// The test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak
/// (1998), UCI Machine Learning Repository, <https://archive.ics.uci.edu/dataset/80>, CC BY 4.0. A
/// pixel counts the black points of a 4 by 4 square, 0 to 16; here it is scaled to 0..=1.
#[derive(Clone, Copy, Debug)]
pub struct Digits;

impl Digits {
    /// All digits, in the order of the source.
    ///
    /// ```
    /// use cnn_runtime::data::{Dataset, Digits, text_picture};
    ///
    /// # fn main() -> cnn_runtime::Result<()> {
    /// let digits = Digits::load()?;
    /// assert_eq!(digits.len(), 1797);
    /// println!("{}is a {}", text_picture(digits.sample(0), 8), digits.target(0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// None, unless the files in the library's source have been changed.
    pub fn load() -> Result<InMemory<Chw<1, 8, 8>, Class>> {
        InMemory::from_idx_bytes(
            include_bytes!("../../data/digits-images-idx3-ubyte.gz"),
            include_bytes!("../../data/digits-labels-idx1-ubyte.gz"),
            10,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, text_picture};

    #[test]
    fn there_are_1797_digits_of_ten_classes() -> Result<()> {
        let digits = Digits::load()?;
        assert_eq!(digits.len(), 1797);
        let counts: [usize; 10] =
            core::array::from_fn(|class| digits.labels().iter().filter(|&&l| l == class).count());
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        Ok(())
    }

    #[test]
    fn pixels_are_sixteenths_scaled_to_one() -> Result<()> {
        let digits = Digits::load()?;
        for index in 0..digits.len() {
            for &pixel in digits.sample(index) {
                // The file holds ⌊255 · points / 16⌋.
                let points = (pixel * 16.0).round();
                assert!((0.0..=16.0).contains(&points));
                assert_eq!(pixel, (points * 255.0 / 16.0).floor() / 255.0);
            }
        }
        Ok(())
    }

    #[test]
    fn the_first_digit_is_a_zero() -> Result<()> {
        let digits = Digits::load()?;
        assert_eq!(digits.target(0), 0);
        let picture = text_picture(digits.sample(0), 8);
        assert_eq!(picture.lines().nth(3), Some("  ::##    ++++  "));
        Ok(())
    }
}
