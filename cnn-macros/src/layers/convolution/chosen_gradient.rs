//! The gradients of a convolution where only the largest results of windows of 2×2 were kept: of the four gradients
//! of a window three are zero, and that by the weights does not multiply them.

use proc_macro2::TokenStream;
use quote::quote;

use super::bands::NEAR;
use super::geometry::{Geometry, Side};
use super::weight_gradient::{bias_loops, narrow_weight_gradient, scratch as narrow_scratch};
use crate::emit::axis::Axis;
use crate::emit::largest::{on_results, result_gradient};
use crate::emit::tiles::{Registers, runs};
use crate::kernel::{Kernel, Scratch, Site, Tensor};

/// Whether the loops are possible and save something.
pub(super) fn is_possible(geometry: &Geometry, window: [usize; 2]) -> bool {
    rows_of_taps(geometry, window).is_some()
}

/// The gradient by all results, and those by weights and by the input, which is there from the gradient by all
/// results.
///
/// In the wide file the gradient by all results is made before that by the input alone, which nobody may ask for. So
/// the gradient by the weights writes nothing else, and another thread can compute it; it is given a copy of the gradient
/// by all results too, which the wide file does not read. The [`scratch`] stands behind
/// `first` other buffers of the layer.
pub(super) fn gradients(
    geometry: &Geometry,
    site: &Site<'_>,
    window: [usize; 2],
    mut input: Kernel,
    first: usize,
) -> (Kernel, [Kernel; 2]) {
    let rows = rows_of_taps(geometry, window).expect("the loops are possible");
    let mut results = result_gradient(site, window);
    let all = results.body;
    results.body = quote! { if !S::WIDE { #all } };
    results
        .doc
        .push("With 32 registers it is made for the gradient by the input.".to_owned());
    let by_input = input.body;
    input.body = quote! { if S::WIDE { #all } #by_input };
    for argument in &mut input.arguments {
        if argument.tensor == Tensor::ResultGradient {
            *argument = Tensor::ResultGradient.update();
        }
    }
    let chosen = [Tensor::Chosen.read(), Tensor::OutputGradient.read()];
    input.arguments.extend(chosen);
    let mut weights = on_results(narrow_weight_gradient(geometry, first));
    let (wide, narrow) = (weight_loops(geometry, rows), weights.body);
    weights.body = quote! { if S::WIDE { #wide } else { #narrow } };
    weights.items.extend(window_item(geometry));
    weights.arguments.extend(chosen);
    weights.doc.push(
        "With 32 registers only the kept results' gradients are multiplied, each with the pixels under it."
            .to_owned(),
    );
    if is_padded(geometry) {
        let padded = first + narrow_scratch(geometry).len();
        weights.arguments.push(Tensor::Scratch(padded).write());
        weights
            .doc
            .push("`padded` is a channel of the input with its padding.".to_owned());
    }
    (results, [weights, input])
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
///
/// Pixels are chosen in each lane before they are multiplied: between neighbours of a row, which all rows of
/// taps share, and then between two rows. So a window takes for each tap a multiply–add and about two
/// selections in place of four multiply–adds. The narrow file cannot hold the sums beside what is chosen.
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
        fn window<T: Scalar, S: Simd, const SAMPLES: usize, const ROWS: usize>(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; #kw]; ROWS],
            image: &[[Lanes<T, SAMPLES>; #w]; #h],
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

/// `d_weight[o][i][ky][kx] += Σ d_output[o][v][u] · input[i][2v+ky+a][2u+kx+b]`, with the position `a`, `b` in its
/// window of the result that was kept.
fn weight_loops(geometry: &Geometry, rows: usize) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        ..
    } = *geometry;
    let tiles: TokenStream = runs(0..y.window, rows)
        .into_iter()
        .flat_map(|run| (0..run.count).map(move |n| (run.first + n * run.size, run.size)))
        .map(|(first, size)| tile(geometry, first, size))
        .collect();
    let bias = bias_loops(&quote!(0..#channels_out), &quote!(..));
    let bias = geometry.bias.then_some(bias);
    let [zeros, image] = image(geometry);
    let (height, down) = (band(geometry), y.output / 2);
    let loops = quote! {
        #bias
        for first in (0..#down).step_by(#height) {
            let band = first..usize::min(first + #height, #down);
            for i in 0..#channels_in {
                #image
                for o in 0..#channels_out {
                    #tiles
                }
            }
        }
    };
    let read = [
        ("input", Side::In),
        ("d_output", Side::Out),
        ("chosen", Side::Out),
    ];
    let mut written = vec![("d_weight", Side::Out)];
    written.extend(geometry.bias.then_some(("d_bias", Side::Out)));
    let loops = geometry.each_group(&read, &written, &loops);
    quote!(#zeros #loops)
}

/// The sums of some rows of taps from `first` on, over a band of windows.
fn tile(geometry: &Geometry, first: usize, size: usize) -> TokenStream {
    let (kw, along) = (geometry.x.window, geometry.x.output / 2);
    quote! {
        let mut sum = [[splat(simd, T::ZERO); #kw]; #size];
        for v in band.clone() {
            for u in 0..#along {
                for part in 0..parts::<T, S>() {
                    let chosen = load(simd, &chosen[o][v][u], part);
                    let delta = load(simd, &d_output[o][v][u], part);
                    let at = [v * 2 + #first, u * 2];
                    window::<T, S, SAMPLES, #size>(simd, part, &mut sum, image, at, [chosen, delta]);
                }
            }
        }
        let mut sums = [[T::ZERO; #kw]; #size];
        sums_of_lanes(simd, &sum, &mut sums);
        for ky in 0..#size {
            for kx in 0..#kw {
                d_weight[o][i][#first + ky][kx] += sums[ky][kx];
            }
        }
    }
}

/// How many rows of windows are multiplied with the pixels under them at a time, which stay in the first cache.
fn band(geometry: &Geometry) -> usize {
    /// Windows beside which it does not matter that lanes are added up: to add those of a sum takes about as long
    /// as the selections and the product of one.
    const ENOUGH: usize = 32;
    let Geometry { y, x, .. } = *geometry;
    let (down, along) = (y.output / 2, x.output / 2);
    let rows = (NEAR / x.width()).saturating_sub(y.window - 1) / 2;
    let most = rows.max(ENOUGH.div_ceil(along)).min(down);
    down.div_ceil(down.div_ceil(most))
}

/// What stands before all channels, and how channel `i` becomes an `image` that has its padding around the band.
fn image(geometry: &Geometry) -> [TokenStream; 2] {
    let Geometry { y, x, .. } = *geometry;
    if !is_padded(geometry) {
        return [quote!(), quote!(let image = &input[i];)];
    }
    let (top, height, left, width) = (y.before, y.input, x.before, x.input);
    let behind = y.window - 1;
    [
        quote!(padded.as_flattened_mut().fill(Lanes::splat(T::ZERO));),
        quote! {
            let end = usize::saturating_sub(2 * band.end + #behind, #top);
            for row in usize::saturating_sub(2 * band.start, #top)..usize::min(end, #height) {
                padded[#top + row][#left..][..#width].copy_from_slice(&input[i][row]);
            }
            let image = &*padded;
        },
    ]
}
