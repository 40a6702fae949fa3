//! F(4×4, 3×3), samples in the lanes: the forward pass and the gradient by the input, a band of tiles at a time.
//!
//! A tile of four rows and columns of results is one product at each of the 6 × 6 points, where pixels, taps and
//! results are taken to the six points of one dimension twice, along columns and along rows.

use proc_macro2::TokenStream;
use quote::quote;

use super::pass::{BUFFERS, Direction, Fate, Pass};
use super::products::{self, Operands};
use super::{RESULTS, SQUARE, even, in_image, plane, tiles, tiles_near};
use crate::emit::largest::Results;
use crate::kernel::Scratch;
use crate::layers::convolution::geometry::Geometry;
use crate::layout::FEW;

/// For the documentation of a pass.
pub(super) const NOTE: &str = "By Winograd's F(4×4, 3×3): pixels and taps are taken to 6 × 6 points, where four rows \
                               and columns are one product.";

impl Direction {
    /// How many kernels the weight has for a pass of such a geometry, and channels in each, which are in the lanes of
    /// the taps at the points.
    fn weight_sizes(self, geometry: &Geometry) -> [usize; 2] {
        let ends = [geometry.channels_out, geometry.channels_in];
        match self {
            Self::Forward => ends,
            Self::Back => [ends[1], ends[0]],
        }
    }

    /// The tap from channel `i` to channel `o0 + o` at one point.
    fn tap_at_point(self) -> TokenStream {
        match self {
            Self::Forward => quote!(taps[i / SAMPLES][o0 + o].0[i % SAMPLES]),
            Self::Back => quote!(taps[(o0 + o) / SAMPLES][i].0[(o0 + o) % SAMPLES]),
        }
    }
}

/// What a pass keeps at the points: the pixels under a band, all taps, and the products of a band.
///
/// There is room for the taps of blocks of few; of others some may stay idle.
pub(super) fn scratch(geometry: &Geometry, direction: Direction) -> [Scratch; BUFFERS] {
    let Geometry {
        channels_in: from,
        channels_out: to,
        ..
    } = *geometry;
    let wide = tiles_of_band(geometry);
    let buffer = |name, elements| Scratch {
        name,
        sizes: vec![SQUARE, plane(elements)],
    };
    [
        buffer("pixels", from * wide),
        buffer("taps", elements_of_taps(geometry, direction)),
        buffer("products", to * wide),
    ]
}

/// How many elements the taps take at one point.
fn elements_of_taps(geometry: &Geometry, direction: Direction) -> usize {
    let [kernels, channels] = direction.weight_sizes(geometry);
    channels.div_ceil(FEW) * kernels
}

/// How many neighbouring tiles are computed together.
fn tiles_of_band(geometry: &Geometry) -> usize {
    /// What a tile of registers needs.
    const MOST: usize = 8;
    /// Of fewer a tile of registers reads taps for few products, even if what more have at the points lies behind the
    /// second cache. A step of `cifar_vgg`, whose 64 channels would have two, takes as long with it (0.99, AVX2, Zen 3,
    /// 2026-12-01).
    const FEWEST: usize = 4;
    let near = tiles_near(geometry.channels_in + geometry.channels_out);
    even(tiles(&geometry.x), near.clamp(FEWEST, MOST))
}

/// How many tiles a pass computes, of whole bands.
pub(super) fn tiles_computed(geometry: &Geometry) -> usize {
    let wide = tiles_of_band(geometry);
    tiles(&geometry.y) * tiles(&geometry.x).next_multiple_of(wide)
}

/// How many tiles the rows and the columns of results take.
fn tiles_of_image(pass: &Pass<'_>) -> [usize; 2] {
    [pass.rows().div_ceil(RESULTS), tiles(&pass.geometry.x)]
}

/// The register tile of a band.
pub(super) fn items(pass: &Pass<'_>) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = pass.geometry;
    let wide = tiles_of_band(&pass.geometry);
    let [kernels, channels] = pass.direction.weight_sizes(&pass.geometry);
    let elements = channels.div_ceil(FEW);
    Operands {
        pixels: quote!([[Lanes<T, SAMPLES>; #wide]; #channels_in]),
        taps: quote!([[Lanes<T, SAMPLES>; #kernels]; #elements]),
        products: quote!([[Lanes<T, SAMPLES>; #wide]; #channels_out]),
        origin: quote!([o0, t0]: [usize; 2],),
        sum: &|term| quote!(for i in 0..#channels_in { #term }),
        row: quote!(pixels[i]),
        tap: pass.direction.tap_at_point(),
    }
    .tile()
}

/// What is done with the results of tile `t` in row `v`, of which those in the image count.
fn end(pass: &Pass<'_>) -> TokenStream {
    let [height, width] = pass.fate.window();
    let [of_rows, of_columns] = pass.sizes();
    let [down, across] = tiles_of_image(pass);
    let [tall, wide] = [height, width].map(|window| RESULTS / window);
    let rows = in_image(tall, of_rows, down, &quote!(v));
    let columns = in_image(wide, of_columns, across, &quote!(t));
    let keep = match &pass.fate {
        Fate::Stored(result) => {
            let sum = pass.with_bias(&quote!(load(simd, &results[t - first][y][x], part)));
            quote! {
                let sum = #sum;
                store(&mut output[o][v * #tall + y][t * #wide + x], part, #result);
            }
        }
        Fate::Kept(site, window) => Results {
            site,
            window: *window,
            rows: quote!(#height),
            along: quote!(#width),
            result: pass.with_bias(
                &quote!(load(simd, &results[t - first][y * #height + r][x * #width + k], part)),
            ),
            place: quote!(0),
            at: [quote!(o), quote!(v * #tall + y), quote!(t * #wide + x)],
            part: quote!(part),
        }
        .keep(),
    };
    quote! {
        for y in 0..#rows {
            for x in 0..#columns {
                #keep
            }
        }
    }
}

/// The loops of a pass.
pub(super) fn body(pass: &Pass<'_>) -> TokenStream {
    let Pass {
        geometry,
        direction,
        ..
    } = pass;
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let ([down, across], wide) = (tiles_of_image(pass), tiles_of_band(geometry));
    let bands = across.div_ceil(wide);
    // The last band may compute some tiles of the one before once more, with the same results.
    let first = match across.is_multiple_of(wide) {
        true => quote!(band * #wide),
        false => {
            let last = across - wide;
            quote!(usize::min(band * #wide, #last))
        }
    };
    let (of_pixels, of_taps, of_products) = (
        channels_in * wide,
        elements_of_taps(geometry, *direction),
        channels_out * wide,
    );
    let products = products::nest(channels_out, wide, &quote!(pixels, taps, products, [o, t],));
    let [above, left] = [y.before, x.before].map(usize::cast_signed);
    let (w, size) = (x.input, y.input * x.input);
    let taps_plane = plane(of_taps);
    let ([kernels, _], is_back) = (
        direction.weight_sizes(geometry),
        *direction == Direction::Back,
    );
    let end = end(pass);
    quote! {
        for kernel in 0..#kernels {
            let places = square::Places { first: kernel, step: #kernels };
            square::taps_to_points::<T, S, SAMPLES, #taps_plane, #is_back>(
                simd, &weight[kernel], (taps, places),
            );
        }
        let image = input.as_flattened().as_flattened();
        let mut results = [[[Lanes::splat(T::ZERO); #RESULTS]; #RESULTS]; #wide];
        for v in 0..#down {
            for band in 0..#bands {
                let first = #first;
                let corner = [(v * #RESULTS) as isize - #above, (first * #RESULTS) as isize - #left];
                for i in 0..#channels_in {
                    let channel = square::Image { pixels: &image[i * #size..][..#size], width: #w };
                    let places = square::Places { first: i * #wide, step: 1 };
                    square::pixels_to_points(
                        simd, channel, corner, (&mut *pixels, places), #wide,
                    );
                }
                for p in 0..#SQUARE {
                    let pixels = array2(&pixels[p][..#of_pixels]);
                    let taps = array2(&taps[p][..#of_taps]);
                    let products = array2_mut(&mut products[p][..#of_products]);
                    #products
                }
                for o in 0..#channels_out {
                    let places = square::Places { first: o * #wide, step: 1 };
                    square::results_from_points(simd, (&*products, places), &mut results);
                    for t in first..first + #wide {
                        for part in 0..parts::<T, S>() {
                            #end
                        }
                    }
                }
            }
        }
    }
}
