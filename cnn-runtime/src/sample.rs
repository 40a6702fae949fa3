//! One sample on its way into a network and out of it: its elements row by row, as they come.
//!
//! How values lie in between, the generated code knows alone.

use crate::simd::Scalar;

/// Writes a row-major sample into its place, which the network's arena gives.
#[inline(always)]
pub fn place<T: Scalar>(sample: &[f32], place: &mut [T]) {
    T::copy_singles(sample, place);
}

/// A sample as scalars: as it is, if it has that type, else converted into the first of `place`.
#[inline(always)]
pub fn as_scalars<'a, T: Scalar>(sample: &'a [f32], place: &'a mut [T]) -> &'a [T] {
    if let Some(scalars) = T::of_singles(sample) {
        return scalars;
    }
    let converted = &mut place[..sample.len()];
    self::place(sample, converted);
    converted
}

/// Reads the elements of a value from its place, which may be longer.
#[inline(always)]
pub fn read<T: Scalar>(place: &[T], elements: &mut [T]) {
    elements.copy_from_slice(&place[..elements.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_converted_only_to_another_type() {
        let sample = [1.0, 2.0];
        assert!(core::ptr::eq(
            as_scalars(&sample, &mut []),
            &raw const sample[..]
        ));
        let mut converted = [9.0f64; 3];
        assert_eq!(as_scalars(&sample, &mut converted), [1.0, 2.0]);
        assert_eq!(converted[2], 9.0);
    }

    #[test]
    fn a_sample_is_read_back_as_it_was_placed() {
        let mut stored = [9.0f64; 16];
        place(&[1.0, 2.0, 3.0], &mut stored);
        let mut elements = [0.0; 3];
        read(&stored, &mut elements);
        assert_eq!(elements, [1.0, 2.0, 3.0]);
        assert_eq!(stored[3], 9.0);
    }
}
