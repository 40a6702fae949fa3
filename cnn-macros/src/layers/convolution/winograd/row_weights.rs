//! The gradient by the weights, samples in the lanes: a product of matrices at each point, over all tiles.

use proc_macro2::TokenStream;
use quote::quote;

use super::pass::BUFFERS;
use super::points::{fill_pixels, runs_of_results, to_points};
use super::{POINTS, RESULTS, TAPS, even, tiles};
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, choose_multiple, runs};
use crate::kernel::{Kernel, Scratch, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::weight_gradient::{add_bias, formula};

/// The pixels and the gradients of a band of rows at the points.
pub(super) fn scratch(geometry: &Geometry) -> [Scratch; 2] {
    let tiles = tiles(&geometry.x);
    let buffer = |name, channels, rows| Scratch {
        name,
        sizes: vec![POINTS, channels, rows, tiles],
    };
    let rows = rows_of_band(geometry);
    [
        buffer("pixels", geometry.channels_in, rows + geometry.y.window - 1),
        buffer("deltas", geometry.channels_out, rows),
    ]
}

/// How many rows are taken to the points at a time: as many as stay in a cache of the second level, and
/// enough that the sums are worth what follows them.
fn rows_of_band(geometry: &Geometry) -> usize {
    /// Registers of the widest level that are to be kept near: three quarters of a mebibyte, of a second
    /// cache of one.
    const NEAR: usize = 12 * 1024;
    /// Products in a sum, so that adding up its lanes takes a fifth as long at most.
    const LEAST: usize = 16;
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let tiles = tiles(&x);
    let of_row = POINTS * tiles * (channels_in + channels_out);
    let around = POINTS * tiles * channels_in * (y.window - 1);
    let most = (NEAR.saturating_sub(around) / of_row).max(LEAST.div_ceil(tiles));
    even(y.output, most)
}

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y+ky][x+kx]`. Its buffers stand behind those of
/// both passes.
pub(crate) fn weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let first = first + 2 * BUFFERS;
    let [pixels, deltas] = [first, first + 1].map(Tensor::Scratch);
    let doc = vec![
        formula(geometry),
        "Every tap of every kernel has a sum of its own, over samples `n` and positions. By Winograd's \
         F(4, 3): pixels and gradients are taken to six points, and four columns are one product for \
         each row of taps; the sums at the points are taken to the three taps of a row."
            .to_owned(),
    ];
    let (to_points, deltas_to_points, tile) = (
        to_points(
            &geometry.x,
            geometry.channels_in,
            rows_of_band(geometry) + geometry.y.window - 1,
        ),
        deltas_to_points(geometry),
        tile(geometry),
    );
    let mut kernel = Kernel {
        purpose: "weight_gradient",
        doc,
        arguments: vec![
            Tensor::Input(0).read(),
            Tensor::OutputGradient.read(),
            pixels.write(),
            deltas.write(),
            Tensor::ParameterGradient(0).update(),
        ],
        items: quote!(#to_points #deltas_to_points #tile),
        body: body(geometry),
    };
    if geometry.bias {
        add_bias(&mut kernel, geometry.channels_out);
    }
    kernel
}

/// The function that takes the gradients of a tile's results to the points.
fn deltas_to_points(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_out, x, ..
    } = *geometry;
    let (ow, tiles, rows) = (x.output, tiles(&x), rows_of_band(geometry));
    quote! {
        /// Takes the gradients of the first `COLUMNS` results of tile `t` to the points.
        #[inline(always)]
        fn deltas_to_points<T: Scalar, S: Simd, const SAMPLES: usize, const COLUMNS: usize>(
            simd: S,
            part: usize,
            d_output: &[Lanes<T, SAMPLES>; #ow],
            deltas: &mut [[[[Lanes<T, SAMPLES>; #tiles]; #rows]; #channels_out]; #POINTS],
            [o, y, t]: [usize; 3],
        ) {
            let under = &d_output[t * #RESULTS..][..COLUMNS];
            let mut results = [splat(simd, T::ZERO); #RESULTS];
            for x in 0..COLUMNS {
                results[x] = load(simd, &under[x], part);
            }
            let at = winograd::deltas::<T, S>(simd, results);
            for p in 0..#POINTS {
                store(&mut deltas[p][o][y][t], part, at[p]);
            }
        }
    }
}

/// The register tile: the sums at every point of some output channels by some input channels and all rows
/// of taps.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, tiles, rows) = (y.window, tiles(&x), rows_of_band(geometry));
    let under = rows + kh - 1;
    let (all_deltas, all_pixels) = (rows * tiles, under * tiles);
    quote! {
        /// The sums of `OUT` output channels from `o0` by `IN` input channels from `i0`, for all rows of
        /// taps: `COLUMNS` of them for each output channel, at one point after another in registers.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd, const SAMPLES: usize, const OUT: usize, const IN: usize, const COLUMNS: usize,
        >(
            simd: S,
            pixels: &[[[Lanes<T, SAMPLES>; #all_pixels]; #channels_in]; #POINTS],
            deltas: &[[[Lanes<T, SAMPLES>; #all_deltas]; #channels_out]; #POINTS],
            d_weight: &mut [[[[T; #TAPS]; #kh]; #channels_in]; #channels_out],
            sums: &mut [[[V<T, S>; COLUMNS]; OUT]; #POINTS],
            [o0, i0]: [usize; 2],
        ) {
            for p in 0..#POINTS {
                let (images, deltas) = (&pixels[p][i0..][..IN], &deltas[p][o0..][..OUT]);
                let mut sum = [[splat(simd, T::ZERO); COLUMNS]; OUT];
                for part in 0..parts::<T, S>() {
                    for tile in 0..#all_deltas {
                        let mut under = [splat(simd, T::ZERO); COLUMNS];
                        for column in 0..COLUMNS {
                            let (i, ky) = (column / #kh, column % #kh);
                            under[column] = load(simd, &images[i][tile + ky * #tiles], part);
                        }
                        for o in 0..OUT {
                            let delta = load(simd, &deltas[o][tile], part);
                            for column in 0..COLUMNS {
                                sum[o][column] = under[column].mul_add(delta, sum[o][column]);
                            }
                        }
                    }
                }
                for o in 0..OUT {
                    for column in 0..COLUMNS {
                        sums[p][o][column] = sum[o][column];
                    }
                }
            }
            for o in 0..OUT {
                let mut taps = [[splat(simd, T::ZERO); #TAPS]; COLUMNS];
                for column in 0..COLUMNS {
                    let mut at = [splat(simd, T::ZERO); #POINTS];
                    for p in 0..#POINTS {
                        at[p] = sums[p][o][column];
                    }
                    taps[column] = winograd::taps::<T, S>(simd, at);
                }
                let mut added = [[T::ZERO; #TAPS]; COLUMNS];
                sums_of_lanes(simd, &taps, &mut added);
                for column in 0..COLUMNS {
                    let (i, ky) = (column / #kh, column % #kh);
                    for kx in 0..#TAPS {
                        d_weight[o0 + o][i0 + i][ky][kx] += added[column][kx];
                    }
                }
            }
        }
    }
}

fn body(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (tiles, h, oh) = (tiles(&x), y.input, y.output);
    let (before, rows) = (y.before, rows_of_band(geometry));
    let (bands, under) = (oh.div_ceil(rows), rows + y.window - 1);
    let fill = fill_pixels(&geometry.x);
    let columns = runs_of_results(&x, &|columns| {
        quote! {
            deltas_to_points::<T, S, SAMPLES, #columns>(
                simd, part, &d_output[o][first + y], deltas, [o, y, t],
            );
        }
    });
    let clear = |channel: &TokenStream, row: &TokenStream| {
        quote! {
            for p in 0..#POINTS {
                #channel[#row] = [Lanes::splat(T::ZERO); #tiles];
            }
        }
    };
    let clear_pixels = clear(&quote!(pixels[p][i]), &quote!(place));
    let clear_deltas = clear(&quote!(deltas[p][o]), &quote!(y));
    let below = (!oh.is_multiple_of(rows)).then(|| {
        quote! {
            for o in 0..#channels_out {
                for y in #oh - first..#rows {
                    #clear_deltas
                }
            }
        }
    });
    let sums = per_register_file(|registers| sums(geometry, registers));
    quote! {
        for band in 0..#bands {
            let first = band * #rows;
            for i in 0..#channels_in {
                for place in 0..#under {
                    let row = first + place;
                    if row < #before || row >= #before + #h {
                        #clear_pixels
                    } else {
                        let row = row - #before;
                        #fill
                    }
                }
            }
            for o in 0..#channels_out {
                for y in 0..usize::min(#rows, #oh - first) {
                    for part in 0..parts::<T, S>() {
                        #columns
                    }
                }
            }
            #below
            let pixels = array3(pixels.as_flattened().as_flattened().as_flattened());
            let deltas = array3(deltas.as_flattened().as_flattened().as_flattened());
            #sums
        }
    }
}

/// The tiles over all channels, for one register file.
fn sums(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        ..
    } = *geometry;
    let kh = y.window;
    let (out, columns) = choose_multiple(registers, channels_out, channels_in * kh, kh);
    let mut nests = TokenStream::new();
    for i in runs(0..channels_in, columns / kh) {
        let mut inner = TokenStream::new();
        for o in runs(0..channels_out, out) {
            let (out, into, columns) = (o.size, i.size, i.size * kh);
            let call = quote! {
                tile::<T, S, SAMPLES, #out, #into, #columns>(
                    simd, pixels, deltas, d_weight, &mut sums, [o0, i0],
                );
            };
            let tiles = over_run(&quote!(o0), o, &call);
            inner.extend(quote! {
                let mut sums = [[[splat(simd, T::ZERO); #columns]; #out]; #POINTS];
                #tiles
            });
        }
        nests.extend(over_run(&quote!(i0), i, &inner));
    }
    nests
}
