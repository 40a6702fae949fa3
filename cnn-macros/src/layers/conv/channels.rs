//! The loops of a convolution on one sample, output channels in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::arguments_of_one;
use super::geometry::Geometry;
use crate::emit::loops::{edges, over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layout::{padded, registers};

/// Multiply–adds of registers.
pub(super) fn cost(geometry: &Geometry) -> u64 {
    let taps = geometry.rows_of_taps() * geometry.x.window as u64;
    registers(geometry.channels_out) * taps * geometry.x.output as u64
}

/// `weight[o][i][ky][kx]` becomes `packed[ky][kx][i][o]`, channels padded with zeros.
pub(super) fn packing(geometry: &Geometry) -> Packing {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, kw, lanes) = (y.window, x.window, padded(channels_out));
    let mut shapes = vec![vec![kh, kw, channels_in, lanes]];
    let mut arguments = vec![Tensor::Parameter(0).read(), Tensor::Packed(0).write()];
    let bias = geometry.bias.then(|| {
        shapes.push(vec![lanes]);
        arguments.extend([Tensor::Parameter(1).read(), Tensor::Packed(1).write()]);
        quote! { packed_bias[o] = bias[o]; }
    });
    let body = quote! {
        for o in 0..#channels_out {
            #bias
            for i in 0..#channels_in {
                for ky in 0..#kh {
                    for kx in 0..#kw {
                        packed_weight[ky][kx][i][o] = weight[o][i][ky][kx];
                    }
                }
            }
        }
    };
    let doc = vec!["`packed_weight[ky][kx][i][o] = weight[o][i][ky][kx]`".to_owned()];
    Packing {
        shapes,
        kernel: Kernel {
            purpose: "pack",
            doc,
            arguments,
            items: TokenStream::new(),
            body,
        },
    }
}

/// The forward pass of one sample: a tile keeps some registers of channels for some neighbouring
/// columns, and every pixel of the input is broadcast to them.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>) -> Kernel {
    let mut doc = vec![
        format!("`output[o][y][x] = {}`", geometry.activated(site)),
        "One sample, channels last and in the lanes: `input[y][x][i]`, `output[y][x][o]`."
            .to_owned(),
    ];
    doc.extend(geometry.padding_note());
    let (oh, row_taps) = (geometry.y.output, taps(&geometry.y, &quote!(y)));
    let columns = per_register_file(|registers| columns(geometry, registers));
    let channels = geometry.channels_out;
    Kernel {
        purpose: "single",
        doc,
        arguments: arguments_of_one(geometry),
        items: tile(geometry, site),
        body: quote! {
            let vectors = usize::div_ceil(#channels, width::<T, S>());
            for y in 0..#oh {
                let row_taps = #row_taps;
                #columns
            }
        },
    }
}

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
    let (lanes_in, lanes) = (padded(channels_in), padded(channels_out));
    let (bias_type, start) = match geometry.bias {
        true => (
            quote!(packed_bias: &[T; #lanes],),
            quote!(load_at(simd, packed_bias, (v0 + v) * width::<T, S>())),
        ),
        false => (quote!(), quote!(splat(simd, T::ZERO))),
    };
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(x0), &quote!(kx));
    let result = site.activate(quote!(sum[v][x]));
    quote! {
        /// All taps of `VECTORS` registers of channels from `v0` and `COLUMNS` columns from `x0`.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const VECTORS: usize, const COLUMNS: usize>(
            simd: S,
            input: &[[[T; #lanes_in]; #w]; #h],
            packed_weight: &[[[[T; #lanes]; #channels_in]; #kw]; #kh],
            #bias_type
            output: &mut [[[T; #lanes]; #ow]; #oh],
            [v0, y, x0]: [usize; 3],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[splat(simd, T::ZERO); COLUMNS]; VECTORS];
            for v in 0..VECTORS {
                sum[v] = [#start; COLUMNS];
            }
            for ky in row_taps {
                let row = &input[#row];
                for kx in column_taps.clone() {
                    let pixels = &row[#column..][..(COLUMNS - 1) * #stride + 1];
                    for i in 0..#channels_in {
                        let mut taps = [splat(simd, T::ZERO); VECTORS];
                        for v in 0..VECTORS {
                            taps[v] = load_at(simd, &packed_weight[ky][kx][i], (v0 + v) * width::<T, S>());
                        }
                        for x in 0..COLUMNS {
                            let pixel = splat(simd, pixels[x * #stride][i]);
                            for v in 0..VECTORS {
                                sum[v][x] = taps[v].mul_add(pixel, sum[v][x]);
                            }
                        }
                    }
                }
            }
            for v in 0..VECTORS {
                for x in 0..COLUMNS {
                    store_at(&mut output[y][x0 + x], (v0 + v) * width::<T, S>(), #result);
                }
            }
        }
    }
}

/// Two registers of channels at a time while there are two, then one.
fn columns(geometry: &Geometry, registers: Registers) -> TokenStream {
    let pairs = vectors(geometry, registers, 2);
    let last = vectors(geometry, registers, 1);
    quote! {
        for pair in 0..vectors / 2 {
            let v = 2 * pair;
            #pairs
        }
        if vectors % 2 == 1 {
            let v = vectors - 1;
            #last
        }
    }
}

fn vectors(geometry: &Geometry, registers: Registers, vectors: usize) -> TokenStream {
    let axis = geometry.x;
    let kw = axis.window;
    let interior = axis.interior();
    let bias = geometry.bias.then(|| quote!(packed_bias,));
    let call = |columns: usize, taps: &TokenStream| {
        quote! {
            tile::<T, S, #vectors, #columns>(
                simd, input, packed_weight, #bias output, [v, y, x], row_taps.clone(), #taps,
            );
        }
    };
    let mut loops = TokenStream::new();
    if !interior.is_empty() {
        // Columns are the longer side of these tiles: a broadcast needs no register.
        let (size, _) = choose(registers, interior.len(), vectors);
        for run in runs(interior.clone(), size) {
            loops.extend(over_run(&quote!(x), run, &call(run.size, &quote!(0..#kw))));
        }
    }
    for edge in edges(&interior, axis.output)
        .into_iter()
        .filter(|edge| !edge.is_empty())
    {
        let edge_taps = taps(&axis, &quote!(x));
        for run in runs(edge, 1) {
            loops.extend(over_run(&quote!(x), run, &call(1, &edge_taps)));
        }
    }
    loops
}
