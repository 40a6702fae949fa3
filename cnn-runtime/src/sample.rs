//! The layout of inference on one sample: channels last and in the lanes.
//!
//! An image of `[c][h][w]` is stored as `[h][w][p]` with `p ≥ c` channels, padded to whole registers
//! of the widest level; a flat value as its elements and padding. What stands in padding is not
//! defined and never read as a result.

use crate::simd::Scalar;

/// Writes a row-major sample of `sizes` into its place, which the network's arena gives.
#[inline]
pub fn place<T: Scalar>(sizes: &[usize], sample: &[f32], place: &mut [T]) {
    if let &[channels, height, width] = sizes {
        let padded = place.len() / (height * width);
        for (c, plane) in sample
            .chunks_exact(height * width)
            .enumerate()
            .take(channels)
        {
            for (pixel, &value) in place.chunks_exact_mut(padded).zip(plane) {
                pixel[c] = T::from_f64(f64::from(value));
            }
        }
    } else {
        for (element, &value) in place.iter_mut().zip(sample) {
            *element = T::from_f64(f64::from(value));
        }
    }
}

/// Reads a value of `sizes` from its place as row-major elements.
#[inline]
pub fn read<T: Scalar>(sizes: &[usize], place: &[T], elements: &mut [T]) {
    if let &[channels, height, width] = sizes {
        let padded = place.len() / (height * width);
        for (c, plane) in elements
            .chunks_exact_mut(height * width)
            .enumerate()
            .take(channels)
        {
            for (pixel, value) in place.chunks_exact(padded).zip(plane) {
                *value = pixel[c];
            }
        }
    } else {
        elements.copy_from_slice(&place[..elements.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_stored_channels_last_and_read_back() {
        let sample = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let mut stored = [0.0f32; 4 * 16];
        place(&[2, 2, 2], &sample, &mut stored);
        assert_eq!(stored[..2], [1.0, 5.0]);
        assert_eq!(stored[16..18], [2.0, 6.0]);
        let mut elements = [0.0; 8];
        read(&[2, 2, 2], &stored, &mut elements);
        assert_eq!(elements, sample);
    }
}
