//! The forward pass and the gradient by the input, samples in the lanes: row by row, with the last rows
//! of pixels at the points in a ring.

use proc_macro2::TokenStream;
use quote::quote;

use super::pass::{BUFFERS, Direction, Fate, Pass};
use super::points::{fill_pixels, runs_of_results, to_points};
use super::products::{self, Operands};
use super::{POINTS, RESULTS, TAPS, tiles};
use crate::emit::largest::Results;
use crate::emit::windows::taps;
use crate::kernel::Scratch;
use crate::layers::convolution::geometry::Geometry;
use crate::layout::FEW;

/// For the documentation of a pass.
pub(super) const NOTE: &str = "By Winograd's F(4, 3): pixels and taps are taken to six points, where four columns are \
                               one product for each row of taps.";

/// What a pass keeps at the points: the last rows of pixels, all taps, and a row of products.
///
/// Taps have input channels in the place of samples. There is room for blocks of few; in others the second half of
/// each row of taps stays idle.
pub(super) fn scratch(geometry: &Geometry) -> [Scratch; BUFFERS] {
    let Geometry {
        channels_in: from,
        channels_out: to,
        y,
        x,
        ..
    } = *geometry;
    let tiles = tiles(&x);
    let buffer = |name, sizes| Scratch { name, sizes };
    [
        buffer("pixels", vec![POINTS, from, y.window, tiles]),
        buffer("taps", vec![POINTS, y.window, from.div_ceil(FEW), to]),
        buffer("products", vec![POINTS, to, tiles]),
    ]
}

/// The functions of a pass.
pub(super) fn items(pass: &Pass<'_>) -> TokenStream {
    let geometry = &pass.geometry;
    let to_points = to_points(&geometry.x, geometry.channels_in, geometry.y.window);
    let (tile, to_results) = (tile(geometry), to_results(pass));
    quote!(#to_points #tile #to_results)
}

impl Direction {
    /// The tap from channel `i` to channel `o`.
    fn tap(self, geometry: &Geometry) -> TokenStream {
        let (last_row, last_column) = (geometry.y.window - 1, TAPS - 1);
        match self {
            Self::Forward => quote!(weight[o][i][ky][kx]),
            Self::Back => quote!(weight[i][o][#last_row - ky][#last_column - kx]),
        }
    }
}

/// The register tile of a row, summed over rows of taps too.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, tiles, before) = (y.window, tiles(&x), y.before);
    let elements = channels_in.div_ceil(FEW);
    let row = match before {
        0 => quote!((y + ky) % #kh),
        _ => quote!((y + ky - #before) % #kh),
    };
    Operands {
        pixels: quote!([[[Lanes<T, SAMPLES>; #tiles]; #kh]; #channels_in]),
        taps: quote!([[[Lanes<T, SAMPLES>; #channels_out]; #elements]; #kh]),
        products: quote!([[Lanes<T, SAMPLES>; #tiles]; #channels_out]),
        origin: quote! {
            [o0, y, t0]: [usize; 3],
            row_taps: Range<usize>,
        },
        sum: &|term| {
            quote! {
                for ky in row_taps {
                    let row = #row;
                    for i in 0..#channels_in {
                        #term
                    }
                }
            }
        },
        row: quote!(pixels[i][row]),
        tap: quote!(taps[ky][i / SAMPLES][o0 + o].0[i % SAMPLES]),
    }
    .tile()
}

/// From the products of a tile to its results.
fn to_results(pass: &Pass<'_>) -> TokenStream {
    let Geometry {
        channels_out,
        x,
        bias,
        ..
    } = pass.geometry;
    let tiles = tiles(&x);
    let bias_type = bias.then(|| quote!(bias: &[T; #channels_out],));
    let [rows, columns] = pass.sizes();
    let chosen_type = pass
        .fate
        .keeps_positions()
        .then(|| quote!(chosen: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],));
    let end = end(pass);
    quote! {
        /// The first `COLUMNS` results of a tile.
        #[inline(always)]
        fn to_results<T: Scalar, S: Simd, const SAMPLES: usize, const COLUMNS: usize>(
            simd: S,
            part: usize,
            products: &[[[Lanes<T, SAMPLES>; #tiles]; #channels_out]; #POINTS],
            #bias_type
            output: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],
            #chosen_type
            [o, y, t]: [usize; 3],
        ) {
            let mut at = [splat(simd, T::ZERO); #POINTS];
            for p in 0..#POINTS {
                at[p] = load(simd, &products[p][o][t], part);
            }
            let results = winograd::results::<T, S, #RESULTS>(simd, at);
            #end
        }
    }
}

/// What is done with the `results` of a tile.
fn end(pass: &Pass<'_>) -> TokenStream {
    let sum = |x: TokenStream| pass.with_bias(&quote!(results[#x]));
    match &pass.fate {
        Fate::Stored(result) => {
            let sum = sum(quote!(x));
            quote! {
                let row = &mut output[o][y][t * #RESULTS..][..COLUMNS];
                for x in 0..COLUMNS {
                    let sum = #sum;
                    store(&mut row[x], part, #result);
                }
            }
        }
        Fate::Kept(site, window) => {
            let [height, width] = *window;
            let windows = RESULTS / width;
            let results = Results {
                site,
                window: *window,
                rows: quote!(1),
                along: quote!(#width),
                result: sum(quote!(u * #width + k)),
                place: quote!(y % #height * #width),
                at: [quote!(o), quote!(y / #height), quote!(t * #windows + u)],
                part: quote!(part),
            };
            let keep = results.keep();
            quote! {
                for u in 0..COLUMNS / #width {
                    #keep
                }
            }
        }
    }
}

/// The loops of a pass.
pub(super) fn body(pass: &Pass<'_>) -> TokenStream {
    let Pass { geometry, fate, .. } = pass;
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, h, before) = (y.window, y.input, y.before);
    let rows = pass.rows();
    let (taps_at_points, fill) = (
        fill_taps(geometry, &pass.direction.tap(geometry)),
        fill_pixels(&geometry.x),
    );
    let row_taps = taps(&y, &quote!(y));
    // The tiles of one row at point `p`.
    let products = products::nest(
        channels_out,
        tiles(&x),
        &quote!(
            &pixels[p],
            &taps[p],
            &mut products[p],
            [o, y, t],
            row_taps.clone(),
        ),
    );
    let bias = geometry.bias.then(|| quote!(bias,));
    let chosen = fate.keeps_positions().then(|| quote!(chosen,));
    let results = runs_of_results(&x, &|columns| {
        quote! {
            to_results::<T, S, SAMPLES, #columns>(simd, part, products, #bias output, #chosen [o, y, t]);
        }
    });
    quote! {
        #taps_at_points
        let mut next = 0;
        for y in 0..#rows {
            let last = usize::min(y + #kh - #before, #h);
            for row in next..last {
                let place = row % #kh;
                for i in 0..#channels_in {
                    #fill
                }
            }
            next = last;
            let row_taps = #row_taps;
            for p in 0..#POINTS {
                #products
            }
            for o in 0..#channels_out {
                for part in 0..parts::<T, S>() {
                    #results
                }
            }
        }
    }
}

/// The taps at the points, input channels in the lanes.
fn fill_taps(geometry: &Geometry, tap: &TokenStream) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        ..
    } = *geometry;
    let kh = y.window;
    quote! {
        for o in 0..#channels_out {
            for element in 0..usize::div_ceil(#channels_in, SAMPLES) {
                let first = element * SAMPLES;
                for ky in 0..#kh {
                    let mut filters = [Lanes::<T, SAMPLES>::splat(T::ZERO); #TAPS];
                    for i in first..usize::min(first + SAMPLES, #channels_in) {
                        for kx in 0..#TAPS {
                            filters[kx].0[i - first] = #tap;
                        }
                    }
                    for lane in (0..SAMPLES).step_by(width::<T, S>()) {
                        for p in 0..#POINTS {
                            let at = winograd::filter::<T, #TAPS>(p);
                            let mut value = splat(simd, T::ZERO);
                            for kx in 0..#TAPS {
                                let filter = load_at(simd, &filters[kx].0, lane);
                                value = filter.mul_add(splat(simd, at[kx]), value);
                            }
                            store_at(&mut taps[p][ky][element][o].0, lane, value);
                        }
                    }
                }
            }
        }
    }
}
