//! The gradient of a convolution by its weights where only the largest results of windows of 2×2 were kept: of the
//! four gradients of a window three are zero, and are not multiplied.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side};
use crate::emit::axis::Axis;
use crate::emit::tiles::{Registers, runs};
use crate::kernel::{Kernel, Scratch, Tensor};

/// `d_weight[o][i][ky][kx] += Σ d_output[o][v][u] · input[i][2v+ky+a][2u+kx+b]`, with the position `a`, `b` in its
/// window of the result that was kept.
///
/// Pixels are chosen in each lane before they are multiplied: between neighbours of a row, which all rows of
/// taps share, and then between two rows. So a window takes for each tap a multiply–add and about two
/// selections in place of four multiply–adds, of which a core does half as many at once. The narrow file cannot
/// hold the sums beside what is chosen: there `all`, which multiplies the gradients by all results, is as it was.
/// The [`scratch`] is number `padded` of the layer's.
pub(super) fn weight_gradient(
    geometry: &Geometry,
    window: [usize; 2],
    mut all: Kernel,
    padded: usize,
) -> Kernel {
    let Some(rows) = rows_of_taps(geometry, window) else {
        return all;
    };
    let wide = loops(geometry, rows);
    let read = [
        ("input", Side::In),
        ("d_output", Side::Out),
        ("chosen", Side::Out),
    ];
    let mut written = vec![("d_weight", Side::Out)];
    written.extend(geometry.bias.then_some(("d_bias", Side::Out)));
    let (wide, narrow) = (geometry.each_group(&read, &written, &wide), all.body);
    all.body = quote! { if S::WIDE { #wide } else { #narrow } };
    all.items.extend(window_item(geometry));
    all.arguments
        .extend([Tensor::Chosen.read(), Tensor::OutputGradient.read()]);
    all.doc.push(
        "With 32 registers only the kept results' gradients are multiplied, each with the pixels under it."
            .to_owned(),
    );
    if is_padded(geometry) {
        all.arguments.push(Tensor::Scratch(padded).write());
        all.doc
            .push("`padded` is a channel of the input with its padding.".to_owned());
    }
    all
}

/// One channel of the input with its padding, if there is some.
pub(super) fn scratch(geometry: &Geometry, window: [usize; 2]) -> Option<Scratch> {
    let is_needed = rows_of_taps(geometry, window).is_some() && is_padded(geometry);
    is_needed.then(|| Scratch {
        name: "padded",
        sizes: vec![geometry.y.width(), geometry.x.width()],
    })
}

fn is_padded(geometry: &Geometry) -> bool {
    geometry.y.is_padded() || geometry.x.is_padded()
}

/// How many rows of taps a tile has sums for, if the loops are possible and save something.
fn rows_of_taps(geometry: &Geometry, window: [usize; 2]) -> Option<usize> {
    /// The gradient, and what is loaded.
    const OTHERS: usize = 3;
    let Geometry { y, x, .. } = *geometry;
    let is_plain = |axis: Axis| axis.stride == 1 && axis.dilation == 1;
    // Of few taps the pixels are loaded more often than it saves.
    let is_worthwhile = y.window > 1 && x.window > 1;
    // Beside the sums stand the pixels chosen in two rows.
    let sums = Registers::Wide.file().checked_sub(OTHERS + 2 * x.window)?;
    let rows = (sums / x.window).min(y.window);
    (window == [2; 2] && is_plain(y) && is_plain(x) && is_worthwhile && rows > 0).then_some(rows)
}

/// The products of one window.
fn window_item(geometry: &Geometry) -> TokenStream {
    let Geometry { y, x, .. } = *geometry;
    let (h, w) = match is_padded(geometry) {
        true => (y.width(), x.width()),
        false => (y.input, x.input),
    };
    let kw = x.window;
    let pixels = kw + 1;
    quote! {
        /// Adds the products of one window, whose first pixel is in `row` and `column`, to the sums of `ROWS` rows
        /// of taps.
        #[inline(always)]
        fn window<T: Scalar, S: Simd, const ROWS: usize>(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; #kw]; ROWS],
            image: &[[Lanes<T>; #w]; #h],
            [row, column]: [usize; 2],
            [chosen, delta]: [V<T, S>; 2],
        ) {
            let (one, two) = (splat(simd, T::ONE), splat(simd, T::from_f64(2.0)));
            // Positions are 0 and 1 in the upper row, 2 and 3 in the lower.
            let in_row = chosen.select_greater(one, chosen.sub(two), chosen);
            let mut above = [splat(simd, T::ZERO); #kw];
            for r in 0..=ROWS {
                let pixels = &image[row + r][column..][..#pixels];
                let mut chosen_pixels = [splat(simd, T::ZERO); #kw];
                for kx in 0..#kw {
                    let (left, right) = (load(simd, &pixels[kx], part), load(simd, &pixels[kx + 1], part));
                    chosen_pixels[kx] = in_row.select_equal(one, right, left);
                }
                if r > 0 {
                    for kx in 0..#kw {
                        let pixel = chosen.select_greater(one, chosen_pixels[kx], above[kx]);
                        sum[r - 1][kx] = pixel.mul_add(delta, sum[r - 1][kx]);
                    }
                }
                above = chosen_pixels;
            }
        }
    }
}

fn loops(geometry: &Geometry, rows: usize) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kw, down, along) = (x.window, y.output / 2, x.output / 2);
    let tiles: TokenStream = runs(0..y.window, rows)
        .into_iter()
        .flat_map(|run| (0..run.count).map(move |n| (run.first + n * run.size, run.size)))
        .map(|(first, size)| {
            quote! {
                let mut sum = [[splat(simd, T::ZERO); #kw]; #size];
                for v in band.clone() {
                    for u in 0..#along {
                        for part in 0..parts::<T, S>() {
                            let chosen = load(simd, &chosen[o][v][u], part);
                            let delta = load(simd, &d_output[o][v][u], part);
                            let at = [v * 2 + #first, u * 2];
                            window::<T, S, #size>(simd, part, &mut sum, image, at, [chosen, delta]);
                        }
                    }
                }
                let mut sums = [[T::ZERO; #kw]; #size];
                sums_of_lanes(simd, sum.as_flattened(), sums.as_flattened_mut());
                for ky in 0..#size {
                    for kx in 0..#kw {
                        d_weight[o][i][#first + ky][kx] += sums[ky][kx];
                    }
                }
            }
        })
        .collect();
    let bias = geometry.bias.then(|| {
        quote! {
            for o in 0..#channels_out {
                for part in 0..parts::<T, S>() {
                    let mut sum = splat(simd, T::ZERO);
                    for row in &d_output[o] {
                        sum = sum.add(sum_parts(simd, row, part, |delta| delta));
                    }
                    d_bias[o] += sum.sum();
                }
            }
        }
    });
    let [zeros, image] = image(geometry);
    let height = band(geometry);
    quote! {
        #bias
        #zeros
        for first in (0..#down).step_by(#height) {
            let band = first..usize::min(first + #height, #down);
            for i in 0..#channels_in {
                #image
                for o in 0..#channels_out {
                    #tiles
                }
            }
        }
    }
}

/// How many rows of windows are multiplied with the pixels under them at a time, which stay in the first cache.
fn band(geometry: &Geometry) -> usize {
    /// Three quarters of 32 KiB, in elements of sixteen lanes.
    const NEAR: usize = (24 << 10) / 64;
    /// Windows beside which it does not matter that lanes are added up.
    const ENOUGH: usize = 32;
    let Geometry { y, x, .. } = *geometry;
    let (down, along) = (y.output / 2, x.output / 2);
    let rows = (NEAR / x.width()).saturating_sub(y.window - 1) / 2;
    let most = rows.max(ENOUGH.div_ceil(along)).min(down);
    down.div_ceil(down.div_ceil(most))
}

/// What stands before all channels, and how channel `i` becomes an `image` that has its padding.
fn image(geometry: &Geometry) -> [TokenStream; 2] {
    let Geometry { y, x, .. } = *geometry;
    if !is_padded(geometry) {
        return [quote!(), quote!(let image = &input[i];)];
    }
    // Padding before, and pixels that are read.
    let [(top, rows), (left, columns)] =
        [y, x].map(|axis| (axis.before, axis.input.min(axis.width() - axis.before)));
    let behind = y.window - 1;
    [
        quote!(padded.as_flattened_mut().fill(Lanes::splat(T::ZERO));),
        quote! {
            let under = 2 * band.start..2 * band.end + #behind;
            let rows = usize::saturating_sub(under.start, #top)..usize::min(under.end - #top, #rows);
            for row in rows {
                padded[#top + row][#left..][..#columns].copy_from_slice(&input[i][row][..#columns]);
            }
            let image = &*padded;
        },
    ]
}
