//! The forward loops of a convolution, samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side};
use crate::emit::loops::{Cut, Place, TileNest, edges};
use crate::emit::tiles::Tile;
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Site, Tensor};

/// `output[o][y][x] = activation(bias[o] + Σ weight[o][i][ky][kx] · input[i][y·s+ky][x·s+kx])`.
///
/// A tile keeps some channels of some neighbouring columns in registers. Columns at an edge have
/// fewer taps and are computed one at a time.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>) -> Kernel {
    let mut arguments = vec![Tensor::Input(0).read(), Tensor::Parameter(0).read()];
    if geometry.bias {
        arguments.push(Tensor::Parameter(1).read());
    }
    arguments.push(Tensor::Output.write());
    Kernel {
        purpose: "forward",
        doc: doc(geometry, site),
        arguments,
        items: tile(geometry, site),
        body: loops(geometry),
    }
}

fn doc(geometry: &Geometry, site: &Site<'_>) -> Vec<String> {
    let mut doc = vec![format!("`output[o][y][x] = {}`", geometry.activated(site))];
    doc.extend(geometry.notes());
    doc
}

/// The register tile: all taps of `CHANNELS` channels by `COLUMNS` columns of row `y`.
fn tile(geometry: &Geometry, site: &Site<'_>) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (h, w, oh, ow) = (y.input, x.input, y.output, x.output);
    let (kh, kw, stride) = (y.window, x.window, x.stride);
    let (bias_type, start) = match geometry.bias {
        true => (
            quote!(bias: &[T; #channels_out],),
            quote!(splat(simd, bias[o0 + o])),
        ),
        false => (quote!(), quote!(splat(simd, T::ZERO))),
    };
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(x0), &quote!(kx));
    let result = site.activate(quote!(sum[o][x][p]));
    quote! {
        /// All taps of `CHANNELS` channels from `o0` and `COLUMNS` columns from `x0`, in registers.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd, const SAMPLES: usize,
            const CHANNELS: usize, const COLUMNS: usize, const PARTS: usize,
        >(
            simd: S,
            part: usize,
            input: &[[[Lanes<T, SAMPLES>; #w]; #h]; #channels_in],
            weight: &[[[[T; #kw]; #kh]; #channels_in]; #channels_out],
            #bias_type
            output: &mut [[[Lanes<T, SAMPLES>; #ow]; #oh]; #channels_out],
            [o0, y, x0]: [usize; 3],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; CHANNELS];
            for o in 0..CHANNELS {
                sum[o] = [[#start; PARTS]; COLUMNS];
            }
            for i in 0..#channels_in {
                for ky in row_taps.clone() {
                    let row = &input[i][#row];
                    for kx in column_taps.clone() {
                        let pixels = load_columns::<T, S, SAMPLES, COLUMNS, PARTS, #stride>(simd, row, #column, part);
                        for o in 0..CHANNELS {
                            let tap = splat(simd, weight[o0 + o][i][ky][kx]);
                            for x in 0..COLUMNS {
                                for p in 0..PARTS {
                                    sum[o][x][p] = pixels[x][p].mul_add(tap, sum[o][x][p]);
                                }
                            }
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for x in 0..COLUMNS {
                    for p in 0..PARTS {
                        store(&mut output[o0 + o][y][x0 + x], part + p, #result);
                    }
                }
            }
        }
    }
}

fn loops(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let (oh, kw) = (y.output, x.window);
    let bias = geometry.bias.then(|| quote!(bias,));
    let row_taps = taps(&y, &quote!(y));
    let column_taps = taps(&x, &quote!(x));
    let interior = x.interior();
    let nest = TileNest {
        row: quote!(o),
        rows: channels_out,
        most_rows: usize::MAX,
        column: quote!(x),
        edges: edges(&interior, x.output),
        interior,
        unit: 1,
        cut: Cut::of_window(geometry.y.window * geometry.x.window),
        call: &|tile, place| {
            let Tile {
                rows,
                columns,
                parts,
            } = tile;
            let taps = if place == Place::Edge {
                column_taps.clone()
            } else {
                quote!(0..#kw)
            };
            quote! {
                tile::<T, S, SAMPLES, #rows, #columns, #parts>(
                    simd, part, input, weight, #bias output, [o, y, x], row_taps.clone(), #taps,
                );
            }
        },
    }
    .emit();
    let rows = quote! {
        for y in 0..#oh {
            let row_taps = #row_taps;
            #nest
        }
    };
    let mut read = vec![("input", Side::In), ("weight", Side::Out)];
    read.extend(geometry.bias.then_some(("bias", Side::Out)));
    geometry.each_group(&read, &[("output", Side::Out)], &rows)
}
