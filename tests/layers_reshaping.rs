//! Layers that move elements, or mix neighbours, against PyTorch and against plain loops.

mod harness;
#[path = "naive/links.rs"]
mod naive;

use naive::{Links, check};

harness::reference::reference_cases! {
    "layers_reshaping";
    vector_as_an_image: (36 -> reshape(4x3x3) -> conv<2x2>(3) -> 3x2x2);
    image_as_another_image: (4x3x6 -> reshape(2x6x6) -> conv<3x3>(2) -> 2x4x4);
    image_as_a_signal: (3x4x5 -> reshape(3x20) -> conv<3>(2) -> 2x18);
    signal_as_a_vector: (3x8 -> conv<2>(5) -> reshape(35) -> dense(2) -> 2);
    channels_as_pixels: (1x6x6 -> conv<3x3>(16) -> relu -> reshape(4x8x8) -> conv<3x3>(2) -> 2x6x6);
    vector_as_a_signal_and_back: (12 -> dense(10) -> reshape(2x5) -> conv<2>(3) -> flatten -> 12);
    nothing_but_a_shape: (12 -> reshape(2x2x3) -> 2x2x3);
    pad_every_side: (2x3x4 -> pad(1) -> 2x5x6);
    pad_rows_and_columns: (3x2x3 -> pad([0, 2], value = 0.5) -> 3x2x7);
    pad_by_side: (2x3x4 -> pad((top = 2, left = 1, right = 3), value = -1) -> 2x5x8);
    pad_in_channels: (2x4x3 -> conv<1x1>(17) -> pad((top = 1, right = 2)) -> 17x5x5);
    pad_before_a_conv: (3x8x8 -> pad((bottom = 1, right = 1)) -> conv<3x3>(4, stride = 2) -> 4x4x4);
    pad_a_signal: (3x5 -> pad((before = 3), value = 0.25) -> conv<3>(2) -> 2x6);
    crop_every_side: (2x5x6 -> crop(1) -> 2x3x4);
    crop_by_side: (3x6x7 -> crop((top = 1, bottom = 3, left = 4)) -> 3x2x3);
    crop_to_one_pixel: (1x3x5 -> crop(1x2) -> 1x1x1);
    crop_in_channels: (2x6x5 -> conv<3x3>(16) -> crop((left = 1, bottom = 2)) -> conv<1x1>(2) -> 2x2x2);
    crop_a_signal: (3x9 -> crop((before = 2, after = 1)) -> 3x6);
    nearest: (3x4x5 -> upsample<2x2> -> 3x8x10);
    nearest_by_side: (2x3x4 -> upsample<1x3>(nearest) -> conv<2x2>(2) -> 2x2x11);
    nearest_in_channels: (1x4x4 -> conv<2x2>(17) -> upsample<2> -> conv<3x3>(2) -> 2x4x4);
    nearest_of_a_signal: (2x7 -> upsample<3> -> 2x21);
    bilinear: (3x4x5 -> upsample<2x2>(bilinear) -> 3x8x10);
    bilinear_by_side: (2x3x4 -> upsample<3x2>(mode = bilinear) -> 2x9x8);
    bilinear_of_one_pixel: (2x1x1 -> upsample<4x3>(bilinear) -> 2x4x3);
    bilinear_of_a_row: (1x1x6 -> upsample<2x5>(bilinear) -> conv<2x3>(2) -> 2x1x28);
    bilinear_in_channels: (1x5x4 -> conv<2x2>(17) -> tanh -> upsample<2>(bilinear) -> 17x8x6);
    linear: (2x6 -> upsample<4>(bilinear) -> 2x24);
    pixel_shuffle: (8x2x3 -> pixel_shuffle(2) -> 2x4x6);
    pixel_shuffle_by_three: (9x2x2 -> pixel_shuffle(3) -> conv<2x2>(2) -> 2x5x5);
    pixel_shuffle_in_channels: (1x4x4 -> conv<3x3>(16) -> pixel_shuffle(4) -> 1x8x8);
    autoencoder: (1x8x8 -> conv<3x3>(4, padding = same) -> relu -> max_pool<2x2>
        -> upsample<2x2>(bilinear) -> conv<3x3>(1, padding = same) -> sigmoid -> 1x8x8);
}

cnn::network! {
    Padded: 2x2x3 -> pad((top = 1, left = 2)) -> 2x3x5
    Cropped: 2x4x5 -> crop((bottom = 1, left = 2)) -> 2x3x3
    Nearest: 2x2x3 -> upsample<3x2> -> 2x6x6
    Bilinear: 1x2x1 -> upsample<3x2>(bilinear) -> 1x6x2
    Shuffled: 8x1x2 -> pixel_shuffle(2) -> 2x2x4
    Reshaped: 2x3x4 -> reshape(4x6) -> 4x6
}

/// The source of each element of an image, as a function of channel, row and column.
fn sources(
    [channels, height, width]: [usize; 3],
    source: impl Fn(usize, usize, usize) -> Option<usize>,
) -> Links {
    let mut sources = Vec::new();
    for c in 0..channels {
        for y in 0..height {
            for x in 0..width {
                sources.push(source(c, y, x));
            }
        }
    }
    Links::copies(&sources)
}

#[test]
fn moved_elements_are_where_the_plain_loops_have_them() {
    check::<Padded>(&sources([2, 3, 5], |c, y, x| {
        Some((c * 2 + y.checked_sub(1)?) * 3 + x.checked_sub(2)?)
    }));
    check::<Cropped>(&sources([2, 3, 3], |c, y, x| Some((c * 4 + y) * 5 + x + 2)));
    check::<Nearest>(&sources([2, 6, 6], |c, y, x| {
        Some((c * 2 + y / 3) * 3 + x / 2)
    }));
    check::<Shuffled>(&sources([2, 2, 4], |c, y, x| {
        Some((c * 4 + y % 2 * 2 + x % 2) * 2 + x / 2)
    }));
    check::<Reshaped>(&sources([4, 6, 1], |c, y, _| Some(c * 6 + y)));
}

#[test]
fn bilinear_mixes_by_distance() {
    // Rows 0 and 1 of one column, at −1/3, 0, 1/3, 2/3, 1, 4/3: before the first and behind the last
    // there is nothing to mix with.
    let down = [
        [1.0, 0.0],
        [1.0, 0.0],
        [2.0, 1.0],
        [1.0, 2.0],
        [0.0, 1.0],
        [0.0, 1.0],
    ];
    let mut outputs = Vec::new();
    for [first, second] in down {
        let sum: f64 = first + second;
        for _ in 0..2 {
            outputs.push(vec![(0, first / sum), (1, second / sum)]);
        }
    }
    check::<Bilinear>(&Links::sums(outputs));
}
