//! F(4×4, 3×3) of one sample: a band of whole rows of tiles at a time.

use proc_macro2::TokenStream;
use quote::quote;

use super::products::{self, Operands};
use super::{kept, window, with_bias};
use crate::emit::largest::activated;
use crate::kernel::{Packing, Scratch, Site};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::winograd::{
    POINTS, RESULTS, SQUARE, TAPS, in_image, plane, tiles, tiles_near,
};
use crate::layers::folding::Folding;
use crate::layout::{padded, registers};

/// For the documentation of the pass.
pub(super) const NOTE: &str = "By Winograd's F(4×4, 3×3): pixels are taken to 6 × 6 points, where four rows and \
                               columns are one product.";

/// The pixels and products of a band at the points, and the results of a tile.
pub(super) fn scratch(geometry: &Geometry) -> Vec<Scratch> {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let tiles = plane(tiles_of_band(geometry));
    let buffer = |name, sizes| Scratch { name, sizes };
    vec![
        buffer("pixels", vec![SQUARE, tiles, padded(channels_in)]),
        buffer("products", vec![SQUARE, tiles, padded(channels_out)]),
        buffer("results", vec![1, RESULTS, RESULTS, padded(channels_out)]),
    ]
}

/// How many tiles the whole image takes.
pub(in super::super) fn tiles_computed(geometry: &Geometry) -> usize {
    tiles(&geometry.y) * tiles(&geometry.x)
}

/// How many rows of tiles are taken to the points at a time: a part of all of them that stays in half of the second
/// cache, whose other half is for weights.
fn rows_of_band(geometry: &Geometry) -> usize {
    let channels = [geometry.channels_in, geometry.channels_out].map(registers);
    let most = tiles_near((channels[0] + channels[1]) as usize) / 2;
    let all = tiles(&geometry.y);
    let fits = |&rows: &usize| all.is_multiple_of(rows) && rows * tiles(&geometry.x) <= most;
    (1..=all).rev().find(fits).unwrap_or(1)
}

fn tiles_of_band(geometry: &Geometry) -> usize {
    rows_of_band(geometry) * tiles(&geometry.x)
}

/// Weights at the points, `[p][i][o]`, output channels in the lanes and padded.
pub(super) fn packing(geometry: &Geometry, folding: Folding) -> Packing {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let lanes = padded(channels_out);
    let channel = quote!(o);
    let bias = folding.bias(&channel);
    let bias = bias.map(|bias| quote!(packed_bias[o] = #bias;));
    let tap = folding.weight(quote!(weight[o][i][ky][kx]), &channel);
    let body = quote! {
        for o in 0..#channels_out {
            #bias
            for i in 0..#channels_in {
                for r in 0..#POINTS {
                    let filter = winograd::filter::<T, #TAPS>(r);
                    let mut row = [T::ZERO; #TAPS];
                    for ky in 0..#TAPS {
                        for kx in 0..#TAPS {
                            row[kx] += filter[ky] * #tap;
                        }
                    }
                    for c in 0..#POINTS {
                        let filter = winograd::filter::<T, #TAPS>(c);
                        let mut value = T::ZERO;
                        for kx in 0..#TAPS {
                            value += filter[kx] * row[kx];
                        }
                        packed_weight[r * #POINTS + c][i][o] = value;
                    }
                }
            }
        }
    };
    let formula = "packed_weight[6 · r + c][i][o] = Σ_ky Σ_kx filter[r][ky] · filter[c][kx] · weight[o][i][ky][kx]";
    let sizes = [vec![SQUARE, channels_in, lanes], vec![lanes]];
    folding.packing(sizes, formula, body)
}

/// The register tile of a band.
pub(super) fn items(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let tiles = plane(tiles_of_band(geometry));
    let (from, to) = (padded(channels_in), padded(channels_out));
    Operands {
        pixels: quote!([[T; #from]; #tiles]),
        weight: quote!([[T; #to]; #channels_in]),
        products: quote!([[T; #to]; #tiles]),
        sum: &|term| quote!(for i in 0..#channels_in { #term }),
        under: quote!(pixels[t0..]),
        taps: quote!(packed_weight[i]),
    }
    .tile()
}

/// What is done with the results of tile `t` in row `v`, of which those in the image count.
fn end(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let ([height, width], [rows, columns]) = (window(site), kept(site));
    let [tall, wide] = [height, width].map(|window| RESULTS / window);
    let rows = in_image(tall, rows, rows.div_ceil(tall), &quote!(v));
    let columns = in_image(wide, columns, tiles(&geometry.x), &quote!(t));
    let sum = quote!(load_at(simd, &results[0][y * #height + r][x * #width + k], first));
    let sum = with_bias(geometry, sum, &quote!(packed_bias));
    let result = activated(site, false, &sum);
    let largest = activated(site, true, &quote!(largest));
    let channels_out = geometry.channels_out;
    quote! {
        for y in 0..#rows {
            for x in 0..#columns {
                for register in 0..registers_of::<T, S>(#channels_out) {
                    let first = register * width::<T, S>();
                    let mut largest = splat(simd, T::ZERO);
                    for r in 0..#height {
                        for k in 0..#width {
                            let result = #result;
                            largest = match r + k {
                                0 => result,
                                _ => larger::<T, S>(largest, result),
                            };
                        }
                    }
                    store_at::<T, S>(&mut output[v * #tall + y][t * #wide + x], first, #largest);
                }
            }
        }
    }
}

/// The loops of the pass.
pub(super) fn body(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let ([height, _], [rows, _]) = (window(site), kept(site));
    let needed = (rows * height).div_ceil(RESULTS);
    let (down, across) = (rows_of_band(geometry), tiles(&x));
    let bands = needed.div_ceil(down);
    let products = products::at_points(SQUARE, down * across, channels_out);
    let [above, left] = [y.before, x.before].map(usize::cast_signed);
    let (w, end) = (x.input, end(geometry, site));
    let end_of_band = in_image(down, needed, bands, &quote!(band));
    quote! {
        let image = square::Image { pixels: input.as_flattened(), width: #w };
        for band in 0..#bands {
            for row in 0..#down {
                let v = band * #down + row;
                let places = square::Places { first: row * #across, step: 1 };
                square::pixels_to_points(
                    simd, image, [(v * #RESULTS) as isize - #above, -#left], (&mut *pixels, places), #across,
                );
            }
            #products
            for row in 0..#end_of_band {
                let v = band * #down + row;
                for t in 0..#across {
                    let places = square::Places { first: row * #across + t, step: 1 };
                    square::results_from_points(simd, (&*products, places), results);
                    #end
                }
            }
        }
    }
}
