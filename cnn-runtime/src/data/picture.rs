//! An image as text, to be looked at on a terminal.

use alloc::string::String;

/// From dark to bright.
const RAMP: &[u8] = b" .:-=+*#%@";

/// The pixels of one channel as lines of `width` pixels, darkest blank and brightest `@`.
///
/// Every pixel is two characters wide, so that it looks square. The ramp goes from the smallest to
/// the largest finite value of the picture, so normalized pixels look as they did before; a value
/// that is infinite or NaN is a `?`.
///
/// ```
/// use cnn_runtime::data::text_picture;
///
/// assert_eq!(text_picture(&[0.0, 1.0, 0.5, 0.0], 2), "  @@\n++  \n");
/// ```
///
/// # Panics
/// If `width` is 0.
#[must_use]
pub fn text_picture(pixels: &[f32], width: usize) -> String {
    assert!(width > 0, "a picture has a width of at least one pixel");
    let finite = || pixels.iter().copied().filter(|pixel| pixel.is_finite());
    let darkest = finite().fold(f32::INFINITY, f32::min);
    let brightest = finite().fold(f32::NEG_INFINITY, f32::max);
    let mut picture = String::with_capacity(pixels.len() * 2 + pixels.len() / width + 1);
    for row in pixels.chunks(width) {
        for &pixel in row {
            let character = shade(pixel, darkest, brightest);
            picture.extend([character, character]);
        }
        picture.push('\n');
    }
    picture
}

fn shade(pixel: f32, darkest: f32, brightest: f32) -> char {
    if !pixel.is_finite() {
        return '?';
    }
    // Halves, because the difference of two finite numbers may be infinite.
    let range = brightest / 2.0 - darkest / 2.0;
    let brightness = (pixel / 2.0 - darkest / 2.0) / range;
    // A picture of one value has no range; its NaN becomes step 0.
    let step = (brightness * (RAMP.len() - 1) as f32 + 0.5) as usize;
    char::from(RAMP[step.min(RAMP.len() - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_uses_the_whole_ramp() {
        let pixels: [f32; 10] = core::array::from_fn(|i| -3.0 + i as f32);
        assert_eq!(text_picture(&pixels, 10), "  ..::--==++**##%%@@\n");
    }

    #[test]
    fn a_picture_of_one_value_is_blank() {
        assert_eq!(text_picture(&[0.7; 4], 2), "    \n    \n");
    }

    #[test]
    fn what_is_not_finite_shows_as_a_question() {
        assert_eq!(
            text_picture(&[f32::NAN, 0.0, 1.0, f32::INFINITY], 2),
            "??  \n@@??\n"
        );
    }

    #[test]
    fn extreme_values_and_ragged_rows_do_no_harm() {
        assert_eq!(text_picture(&[f32::MIN, f32::MAX, 0.0], 2), "  @@\n++\n");
        assert_eq!(text_picture(&[], 3), "");
    }
}
