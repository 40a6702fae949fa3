//! The loops of a convolution on one sample, output columns in the lanes.
//!
//! They suit few output channels, which would leave most lanes empty. The columns whose taps all meet
//! the image are computed by registers, of which the last may overlap the one before it; the few at
//! the edges are computed one by one.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side};
use super::packing::arguments_of_one;
use crate::emit::loops::{edges, over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Site};
use crate::layout::{WIDEST, registers};

/// Whether the loops below can compute a convolution: a register of whole columns, which follow
/// each other, and not more columns at the edges than a register has lanes.
pub(super) fn is_possible(geometry: &Geometry) -> bool {
    let interior = geometry.x.interior();
    geometry.x.stride == 1
        && interior.len() >= WIDEST
        && geometry.x.output - interior.len() <= WIDEST
}

/// Multiply–adds of registers, and of elements at the edges.
pub(super) fn cost(geometry: &Geometry) -> u64 {
    let interior = geometry.x.interior().len();
    let columns = registers(interior) + (geometry.x.output - interior) as u64;
    columns * geometry.rows_of_taps() * (geometry.all_out() * geometry.x.window) as u64
}

/// The forward pass of one sample: a tile keeps some registers of columns for some channels, and
/// every weight is broadcast to them.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>) -> Kernel {
    let mut doc = vec![
        format!("`output[o][y][x] = {}`", geometry.activated(site)),
        "One sample, row by row, columns in the lanes.".to_owned(),
    ];
    doc.extend(geometry.notes());
    let (oh, row_taps) = (geometry.y.output, taps(&geometry.y, &quote!(y)));
    let interior = per_register_file(|registers| interior(geometry, registers));
    let edges = edge_columns(geometry, site);
    let rows = quote! {
        for y in 0..#oh {
            let row_taps = #row_taps;
            #interior
            #edges
        }
    };
    let mut read = vec![("input", Side::In), ("packed_weight", Side::Out)];
    read.extend(geometry.bias.then_some(("packed_bias", Side::Out)));
    Kernel {
        purpose: "single",
        doc,
        arguments: arguments_of_one(geometry.bias),
        items: tile(geometry, site),
        body: geometry.each_group(&read, &[("output", Side::Out)], &rows),
    }
}

/// Which columns the registers of a row begin at is known to the compiler: `v0` is a literal.
fn tile(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (h, w, oh, ow) = (y.input, x.input, y.output, x.output);
    let (kh, kw) = (y.window, x.window);
    let (bias_type, start) = match geometry.bias {
        true => (
            quote!(packed_bias: &[T; #channels_out],),
            quote!(splat(simd, packed_bias[o0 + o])),
        ),
        false => (quote!(), quote!(splat(simd, T::ZERO))),
    };
    let interior = x.interior();
    let count = interior.len();
    let offset = (interior.start > 0).then(|| {
        let start = interior.start;
        quote!(#start +)
    });
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(columns[v]), &quote!(kx));
    let result = site.activate(quote!(sum[o][v]));
    quote! {
        /// All taps of `CHANNELS` channels from `o0` and `VECTORS` registers of columns from `v0`.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const CHANNELS: usize, const VECTORS: usize>(
            simd: S,
            input: &[[[T; #w]; #h]; #channels_in],
            packed_weight: &[[[[T; #kw]; #kh]; #channels_in]; #channels_out],
            #bias_type
            output: &mut [[[T; #ow]; #oh]; #channels_out],
            [o0, y, v0]: [usize; 3],
            row_taps: Range<usize>,
        ) {
            let mut columns = [0; VECTORS];
            for v in 0..VECTORS {
                let last = #count - width::<T, S>();
                columns[v] = #offset usize::min((v0 + v) * width::<T, S>(), last);
            }
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; CHANNELS];
            for o in 0..CHANNELS {
                sum[o] = [#start; VECTORS];
            }
            for i in 0..#channels_in {
                for ky in row_taps.clone() {
                    let row = &input[i][#row];
                    for kx in 0..#kw {
                        let mut pixels = [splat(simd, T::ZERO); VECTORS];
                        for v in 0..VECTORS {
                            pixels[v] = load_at(simd, row, #column);
                        }
                        for o in 0..CHANNELS {
                            let tap = splat(simd, packed_weight[o0 + o][i][ky][kx]);
                            for v in 0..VECTORS {
                                sum[o][v] = pixels[v].mul_add(tap, sum[o][v]);
                            }
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for v in 0..VECTORS {
                    store_at(&mut output[o0 + o][y], columns[v], #result);
                }
            }
        }
    }
}

/// The columns with all taps: tiles of as many registers as suit the register file, then of one.
fn interior(geometry: &Geometry, registers: Registers) -> TokenStream {
    let lanes = match registers {
        Registers::Wide => WIDEST,
        Registers::Narrow => WIDEST / 2,
    };
    let count = geometry.x.interior().len();
    let (channels, most) = choose(registers, geometry.channels_out, count.div_ceil(lanes));
    let bias = geometry.bias.then(|| quote!(packed_bias,));
    let step = |channels: usize, vectors: usize| {
        quote! {
            while v + #vectors <= vectors {
                tile::<T, S, #channels, #vectors>(
                    simd, input, packed_weight, #bias output, [o, y, v], row_taps.clone(),
                );
                v += #vectors;
            }
        }
    };
    let tiles: TokenStream = runs(0..geometry.channels_out, channels)
        .into_iter()
        .map(|run| {
            let many = step(run.size, most);
            let rest = (most > 1).then(|| step(run.size, 1));
            over_run(&quote!(o), run, &quote! { let mut v = 0; #many #rest })
        })
        .collect();
    quote! {
        let vectors = usize::div_ceil(#count, width::<T, S>());
        #tiles
    }
}

/// The columns with fewer taps, side by side in a register for the activation.
fn edge_columns(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let [left, right] = edges(&x.interior(), x.output);
    if left.is_empty() && right.is_empty() {
        return TokenStream::new();
    }
    let (left_end, right_start, ow) = (left.end, right.start, x.output);
    let start = match geometry.bias {
        true => quote!(packed_bias[o]),
        false => quote!(T::ZERO),
    };
    let column_taps = taps(&x, &quote!(x));
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(x), &quote!(kx));
    let result = site.activate(quote!(sum));
    quote! {
        for o in 0..#channels_out {
            let mut sums = [T::ZERO; #WIDEST];
            for (sum, x) in sums.iter_mut().zip((0..#left_end).chain(#right_start..#ow)) {
                *sum = #start;
                for i in 0..#channels_in {
                    for ky in row_taps.clone() {
                        for kx in #column_taps {
                            *sum += packed_weight[o][i][ky][kx] * input[i][#row][#column];
                        }
                    }
                }
            }
            for v in 0..#WIDEST / width::<T, S>() {
                let sum = load_at(simd, &sums, v * width::<T, S>());
                store_at(&mut sums, v * width::<T, S>(), #result);
            }
            for (sum, x) in sums.iter().zip((0..#left_end).chain(#right_start..#ow)) {
                output[o][y][x] = *sum;
            }
        }
    }
}
