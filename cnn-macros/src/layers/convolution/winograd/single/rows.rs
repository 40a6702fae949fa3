//! F(4, 3), or F(2, 5), along the rows of one sample: the tiles of all rows at a time.

use proc_macro2::TokenStream;
use quote::quote;

use super::products::{self, Operands};
use super::{kept, window, with_bias};
use crate::emit::largest::activated;
use crate::kernel::{Packing, Scratch, Site};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::winograd::points::{first_column, runs_of_results, runs_of_tiles};
use crate::layers::convolution::winograd::{POINTS, results, tiles};
use crate::layers::folding::Folding;
use crate::layout::padded;

/// For the documentation of the pass.
pub(super) fn note(geometry: &Geometry) -> String {
    let (columns, taps) = (results(&geometry.x), geometry.x.window);
    format!(
        "By Winograd's F({columns}, {taps}): pixels are taken to six points, where {columns} columns are one \
         product for each row of taps."
    )
}

/// The pixels of the whole image at the points, those of the padding among them, and all products.
pub(super) fn scratch(geometry: &Geometry) -> Vec<Scratch> {
    let tiles = tiles(&geometry.x);
    let buffer = |name, rows: usize, channels| Scratch {
        name,
        sizes: vec![POINTS, rows * tiles, padded(channels)],
    };
    vec![
        buffer("pixels", rows_of_pixels(geometry), geometry.channels_in),
        buffer("products", geometry.y.output, geometry.channels_out),
    ]
}

/// Rows of pixels under the taps, those of the padding among them.
fn rows_of_pixels(geometry: &Geometry) -> usize {
    geometry.y.output + geometry.y.window - 1
}

/// Weights at the points, `[p][ky][i][o]`, output channels in the lanes and padded.
pub(super) fn packing(geometry: &Geometry, folding: Folding) -> Packing {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, kw, lanes) = (y.window, x.window, padded(channels_out));
    let channel = quote!(o);
    let bias = folding.bias(&channel);
    let bias = bias.map(|bias| quote!(packed_bias[o] = #bias;));
    let tap = folding.weight(quote!(weight[o][i][ky][kx]), &channel);
    let body = quote! {
        for o in 0..#channels_out {
            #bias
            for i in 0..#channels_in {
                for ky in 0..#kh {
                    for p in 0..#POINTS {
                        let filter = winograd::filter::<T, #kw>(p);
                        let mut value = T::ZERO;
                        for kx in 0..#kw {
                            value += filter[kx] * #tap;
                        }
                        packed_weight[p][ky][i][o] = value;
                    }
                }
            }
        }
    };
    let formula = "packed_weight[p][ky][i][o] = Σ_kx filter[p][kx] · weight[o][i][ky][kx]";
    folding.packing(
        [vec![POINTS, kh, channels_in, lanes], vec![lanes]],
        formula,
        body,
    )
}

/// The functions of the pass.
pub(super) fn items(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let (to_points, tile, to_results) = (
        to_points(geometry),
        tile(geometry),
        to_results(geometry, site),
    );
    quote!(#to_points #tile #to_results)
}

/// The function that takes all channels of the pixels under a tile to the points.
fn to_points(geometry: &Geometry) -> TokenStream {
    let Geometry { channels_in, x, .. } = *geometry;
    let (w, lanes) = (x.input, padded(channels_in));
    let places = rows_of_pixels(geometry) * tiles(&x);
    let column = first_column(&x);
    quote! {
        /// Takes the pixels under tile `t` to the points; those before `FIRST` and from `END` on are zero.
        #[inline(always)]
        fn to_points<T: Scalar, S: Simd, const FIRST: usize, const END: usize>(
            simd: S,
            input: &[[T; #lanes]; #w],
            pixels: &mut [[[T; #lanes]; #places]; #POINTS],
            [place, t]: [usize; 2],
        ) {
            let under = &input[#column..][..END - FIRST];
            for v in 0..registers_of::<T, S>(#channels_in) {
                let first = v * width::<T, S>();
                let mut window = [splat(simd, T::ZERO); #POINTS];
                for x in FIRST..END {
                    window[x] = load_at(simd, &under[x - FIRST], first);
                }
                let at = winograd::pixels::<T, S>(simd, window);
                for p in 0..#POINTS {
                    store_at::<T, S>(&mut pixels[p][place], first, at[p]);
                }
            }
        }
    }
}

/// The register tile, summed over rows of taps too.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, tiles) = (y.window, tiles(&x));
    let (from, to) = (padded(channels_in), padded(channels_out));
    let (places, count) = (rows_of_pixels(geometry) * tiles, y.output * tiles);
    Operands {
        pixels: quote!([[T; #from]; #places]),
        weight: quote!([[[T; #to]; #channels_in]; #kh]),
        products: quote!([[T; #to]; #count]),
        sum: &|term| {
            quote! {
                for ky in 0..#kh {
                    for i in 0..#channels_in {
                        #term
                    }
                }
            }
        },
        under: quote!(pixels[t0 + ky * #tiles..]),
        taps: quote!(packed_weight[ky][i]),
    }
    .tile()
}

/// From the products of a tile to the results of all channels.
fn to_results(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let (ow, lanes, count) = (kept(site)[1], padded(channels_out), y.output * tiles(&x));
    let (columns, [_, width]) = (results(&x), window(site));
    let bias_type = geometry.bias.then(|| quote!(bias: &[T; #lanes],));
    let of_channels = match site.largest {
        None => all_results(geometry, site),
        Some(window) => largest_results(geometry, site, window),
    };
    quote! {
        /// Stores the first `COLUMNS` results of tile `t`, or the largest of their windows; a rest may have none.
        #[inline(always)]
        fn to_results<T: Scalar, S: Simd, const COLUMNS: usize>(
            simd: S,
            products: &[[[T; #lanes]; #count]; #POINTS],
            #bias_type
            output: &mut [[T; #lanes]; #ow],
            [place, t]: [usize; 2],
        ) {
            let row = &mut output[t * (#columns / #width)..][..COLUMNS / #width];
            for v in 0..registers_of::<T, S>(#channels_out) {
                let first = v * width::<T, S>();
                #of_channels
            }
        }
    }
}

/// The results of a register of channels of the tile at `place` of the products.
fn results_at(geometry: &Geometry, place: &TokenStream) -> TokenStream {
    let columns = results(&geometry.x);
    quote! {
        let mut at = [splat(simd, T::ZERO); #POINTS];
        for p in 0..#POINTS {
            at[p] = load_at(simd, &products[p][#place], first);
        }
        let results = winograd::results::<T, S, #columns>(simd, at);
    }
}

/// All results are stored.
fn all_results(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let results = results_at(geometry, &quote!(place));
    let (sum, result) = (
        with_bias(geometry, quote!(results[x]), &quote!(bias)),
        site.activate(quote!(sum)),
    );
    quote! {
        #results
        for x in 0..COLUMNS {
            let sum = #sum;
            store_at::<T, S>(&mut row[x], first, #result);
        }
    }
}

/// The largest of each window is stored.
fn largest_results(
    geometry: &Geometry,
    site: &Site<'_>,
    [height, width]: [usize; 2],
) -> TokenStream {
    let (tiles, windows) = (tiles(&geometry.x), results(&geometry.x) / width);
    let results = results_at(geometry, &quote!(place + r * #tiles));
    let sum = with_bias(geometry, quote!(results[u * #width + k]), &quote!(bias));
    let result = activated(site, false, &sum);
    let largest = activated(site, true, &quote!(largest[u]));
    quote! {
        let mut largest = [splat(simd, T::ZERO); #windows];
        for r in 0..#height {
            #results
            for u in 0..COLUMNS / #width {
                for k in 0..#width {
                    let result = #result;
                    largest[u] = match r + k {
                        0 => result,
                        _ => larger::<T, S>(largest[u], result),
                    };
                }
            }
        }
        for u in 0..COLUMNS / #width {
            store_at::<T, S>(&mut row[u], first, #largest);
        }
    }
}

/// The loops of the pass.
pub(super) fn body(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_in, y, x, ..
    } = *geometry;
    let (h, tiles, before) = (y.input, tiles(&x), y.before);
    let ([rows, _], [height, _]) = (kept(site), window(site));
    let lanes = padded(channels_in);
    let zero_rows = [0..before, before + h..rows_of_pixels(geometry)].map(|rows| {
        let (start, end) = (rows.start * tiles, rows.end * tiles);
        (start < end).then(|| {
            // `fill` may be a call for each row, which costs where units are optimized each by itself.
            quote! {
                for at_point in pixels.iter_mut() {
                    for tile in &mut at_point[#start..#end] {
                        *tile = [T::ZERO; #lanes];
                    }
                }
            }
        })
    });
    let to_points = runs_of_tiles(&x, &|first, end| {
        quote! {
            to_points::<T, S, #first, #end>(
                simd, &input[row], pixels, [(row + #before) * #tiles + t, t],
            );
        }
    });
    let bias = geometry.bias.then(|| quote!(packed_bias,));
    let to_results = runs_of_results(&x, &|columns| {
        quote! {
            to_results::<T, S, #columns>(
                simd, products, #bias &mut output[y], [y * (#height * #tiles) + t, t],
            );
        }
    });
    let products = products::at_points(POINTS, y.output * tiles, geometry.channels_out);
    quote! {
        #(#zero_rows)*
        for row in 0..#h {
            #to_points
        }
        #products
        for y in 0..#rows {
            #to_results
        }
    }
}
