//! The gradient by the weights, samples in the lanes: a product of matrices at each point, over all tiles.

use proc_macro2::TokenStream;
use quote::quote;

use super::points::{fill_pixels, runs_of_results, to_points};
use super::{POINTS, RESULTS, TAPS, rows_of_pixels, tiles};
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, choose_multiple, runs};
use crate::emit::windows::source;
use crate::kernel::{Kernel, Scratch, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::weight_gradient::add_bias;

/// All pixels and all gradients of the output at the points.
pub(super) fn scratch(geometry: &Geometry) -> [Scratch; 2] {
    let tiles = tiles(&geometry.x);
    let buffer = |name, channels, rows| Scratch {
        name,
        sizes: vec![POINTS, channels, rows, tiles],
    };
    [
        buffer("pixels", geometry.channels_in, rows_of_pixels(geometry)),
        buffer("deltas", geometry.channels_out, geometry.y.output),
    ]
}

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y+ky][x+kx]`.
pub(crate) fn weight_gradient(geometry: &Geometry, [pixels, deltas]: [Tensor; 2]) -> Kernel {
    let mut doc = vec![
        format!(
            "`d_weight[o][i][ky][kx] += Σ_n Σ_y Σ_x d_output[o][y][x] · input[i][{}][{}]`",
            source(&geometry.y, &quote!(y), &quote!(ky)),
            source(&geometry.x, &quote!(x), &quote!(kx)),
        ),
        "Every tap of every kernel has a sum of its own, over samples `n` and positions. By Winograd's \
         F(4, 3): pixels and gradients are taken to six points, and four columns are one product for \
         each row of taps; the sums at the points are taken to the three taps of a row."
            .to_owned(),
    ];
    doc.extend(geometry.notes());
    let (to_points, deltas_to_points, tile) = (
        to_points(&geometry.x, geometry.channels_in, rows_of_pixels(geometry)),
        deltas_to_points(geometry),
        tile(geometry),
    );
    let mut kernel = Kernel {
        purpose: "weight_gradient",
        doc,
        arguments: vec![
            Tensor::Input(0).read(),
            Tensor::OutputGradient.read(),
            pixels.update(),
            deltas.update(),
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
        channels_out, y, x, ..
    } = *geometry;
    let (oh, ow, tiles) = (y.output, x.output, tiles(&x));
    quote! {
        /// Takes the gradients of the first `COLUMNS` results of tile `t` to the points.
        #[inline(always)]
        fn deltas_to_points<T: Scalar, S: Simd, const COLUMNS: usize>(
            simd: S,
            part: usize,
            d_output: &[Lanes<T>; #ow],
            deltas: &mut [[[[Lanes<T>; #tiles]; #oh]; #channels_out]; #POINTS],
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

/// The register tile: the sums at one point of some output channels by some input channels and all rows
/// of taps.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, tiles) = (y.window, tiles(&x));
    let (all_deltas, all_pixels) = (y.output * tiles, rows_of_pixels(geometry) * tiles);
    quote! {
        /// The sums of `OUT` output channels from `o0` by `IN` input channels from `i0`, for all rows of
        /// taps: `COLUMNS` of them for each output channel, in registers. `filter` takes them to the taps.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const OUT: usize, const IN: usize, const COLUMNS: usize>(
            simd: S,
            pixels: &[[Lanes<T>; #all_pixels]; #channels_in],
            deltas: &[[Lanes<T>; #all_deltas]; #channels_out],
            d_weight: &mut [[[[T; #TAPS]; #kh]; #channels_in]; #channels_out],
            filter: [T; #TAPS],
            [o0, i0]: [usize; 2],
        ) {
            let (images, deltas) = (&pixels[i0..][..IN], &deltas[o0..][..OUT]);
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
            let mut sums = [[T::ZERO; COLUMNS]; OUT];
            sums_of_lanes::<T, S>(simd, sum.as_flattened(), sums.as_flattened_mut());
            for o in 0..OUT {
                for column in 0..COLUMNS {
                    let taps = &mut d_weight[o0 + o][i0 + column / #kh][column % #kh];
                    for kx in 0..#TAPS {
                        taps[kx] += filter[kx] * sums[o][column];
                    }
                }
            }
        }
    }
}

fn body(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let (tiles, h, oh) = (tiles(&x), y.input, y.output);
    let (before, rows) = (y.before, rows_of_pixels(geometry));
    let fill = fill_pixels(geometry, &quote!(row + #before));
    let columns = runs_of_results(&x, &|columns| {
        quote! {
            deltas_to_points::<T, S, #columns>(simd, part, &d_output[o][y], deltas, [o, y, t]);
        }
    });
    let zero_rows = [0..before, before + h..rows].map(|range| {
        let (start, end) = (range.start, range.end);
        (start < end).then(|| {
            quote! {
                for at_point in pixels.iter_mut() {
                    for channel in at_point {
                        channel[#start..#end].fill([Lanes::splat(T::ZERO); #tiles]);
                    }
                }
            }
        })
    });
    let sums = per_register_file(|registers| sums(geometry, registers));
    quote! {
        #(#zero_rows)*
        for row in 0..#h {
            #fill
        }
        for o in 0..#channels_out {
            for y in 0..#oh {
                for part in 0..parts::<T, S>() {
                    #columns
                }
            }
        }
        for p in 0..#POINTS {
            let filter = winograd::filter::<T>(p);
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
                tile::<T, S, #out, #into, #columns>(
                    simd, pixels, deltas, d_weight, filter, [o0, i0],
                );
            };
            inner.extend(over_run(&quote!(o0), o, &call));
        }
        nests.extend(over_run(&quote!(i0), i, &inner));
    }
    quote! {
        let pixels = array2(pixels[p].as_flattened().as_flattened());
        let deltas = array2(deltas[p].as_flattened().as_flattened());
        #nests
    }
}
