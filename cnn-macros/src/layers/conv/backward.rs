//! The backward loops of a convolution, samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use crate::emit::axis::Residue;
use crate::emit::loops::{Place, TileNest, edges, over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::{positions, source, source_of_tap};
use crate::kernel::{Kernel, Tensor};

/// `d_input[i][v][u] = Σ weight[o][i][ky][kx] · d_output[o][y][x]` over all `y·s+ky = v`, `x·s+kx = u`.
///
/// With a stride, the columns of equal remainder form a convolution of their own, with the taps of
/// that remainder, so that no multiplication by zero is made.
pub(super) fn input_gradient(geometry: &Geometry) -> Kernel {
    let mut doc = vec![
        "`d_input[i][v][u] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`".to_owned(),
        format!(
            "over every position and tap with `{}`, `{}`: each output hands its gradient back \
                 to the inputs that it was made from, through the same taps.",
            relation("v", "y", "ky", geometry.y.stride, geometry.y.before),
            relation("u", "x", "kx", geometry.x.stride, geometry.x.before)
        ),
    ];
    doc.extend(geometry.padding_note());
    Kernel {
        purpose: "input_gradient",
        doc,
        arguments: vec![
            Tensor::OutputGradient.read(),
            Tensor::Parameter(0).read(),
            Tensor::InputGradient(0).write(),
        ],
        items: input_tile(geometry),
        body: input_loops(geometry),
    }
}

/// `v = y·2 + ky - 1`.
fn relation(input: &str, output: &str, tap: &str, stride: usize, before: usize) -> String {
    let scaled = if stride == 1 {
        output.to_owned()
    } else {
        format!("{output}·{stride}")
    };
    let shift = if before == 0 {
        String::new()
    } else {
        format!(" - {before}")
    };
    format!("{input} = {scaled} + {tap}{shift}")
}

/// `COLUMNS` columns of one remainder: `m` counts the taps of that remainder, `t` its columns.
fn input_tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (h, w, oh, ow) = (y.input, x.input, y.output, x.output);
    let (kh, kw) = (y.window, x.window);
    let (row_stride, column_stride) = (y.stride, x.stride);
    quote! {
        /// All taps of `CHANNELS` input channels from `i0` and `COLUMNS` columns, in registers.
        ///
        /// The columns are `u0 + stride · t`; the first of them receives tap `kx0 + stride · m`
        /// from output column `x0 - m`. Rows likewise.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const CHANNELS: usize, const COLUMNS: usize>(
            simd: S,
            part: usize,
            d_output: &[[[Lanes<T>; #ow]; #oh]; #channels_out],
            weight: &[[[[T; #kw]; #kh]; #channels_in]; #channels_out],
            d_input: &mut [[[Lanes<T>; #w]; #h]; #channels_in],
            [i0, v, u0]: [usize; 3],
            [y0, ky0]: [usize; 2],
            [x0, kx0]: [usize; 2],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[splat(simd, T::ZERO); COLUMNS]; CHANNELS];
            for o in 0..#channels_out {
                for n in row_taps.clone() {
                    let row = &d_output[o][y0 - n];
                    let ky = ky0 + n * #row_stride;
                    for m in column_taps.clone() {
                        let deltas = load_columns::<T, S, COLUMNS, 1>(simd, row, x0 - m, part);
                        let kx = kx0 + m * #column_stride;
                        for i in 0..CHANNELS {
                            let tap = splat(simd, weight[o][i0 + i][ky][kx]);
                            for t in 0..COLUMNS {
                                sum[i][t] = deltas[t].mul_add(tap, sum[i][t]);
                            }
                        }
                    }
                }
            }
            for i in 0..CHANNELS {
                for t in 0..COLUMNS {
                    store(&mut d_input[i0 + i][v][u0 + t * #column_stride], part, sum[i][t]);
                }
            }
        }
    }
}

fn input_loops(geometry: &Geometry) -> TokenStream {
    let Geometry { y, .. } = *geometry;
    let (h, oh, kh, stride, before) = (y.input, y.output, y.window, y.stride, y.before);
    let columns: TokenStream = (0..geometry.x.stride)
        .map(|residue| input_columns(geometry, residue))
        .collect();
    // The row taps of remainder `ky0` are `ky0 + stride · n` and come from output rows `y0 - n`.
    quote! {
        for v in 0..#h {
            let ky0 = (v + #before) % #stride;
            let y0 = (v + #before) / #stride;
            let row_taps = usize::saturating_sub(y0 + 1, #oh)
                ..usize::min(y0 + 1, usize::div_ceil(usize::saturating_sub(#kh, ky0), #stride));
            for part in 0..parts::<T, S>() {
                #columns
            }
        }
    }
}

fn input_columns(geometry: &Geometry, kx0: usize) -> TokenStream {
    let axis = geometry.x;
    let (output, stride) = (axis.output, axis.stride);
    let Residue {
        first,
        count,
        taps,
        base,
    } = axis.residue(kx0);
    let interior = axis.residue(kx0).interior(output);
    let edge_taps = quote! {
        usize::saturating_sub(#base + t + 1, #output)..usize::min(#base + t + 1, #taps)
    };
    TileNest {
        row: quote!(i),
        rows: geometry.channels_in,
        column: quote!(t),
        edges: edges(&interior, count),
        interior,
        call: &|rows, columns, place| {
            let taps = if place == Place::Edge {
                edge_taps.clone()
            } else {
                quote!(0..#taps)
            };
            quote! {
                tile::<T, S, #rows, #columns>(
                    simd, part, d_output, weight, d_input,
                    [i, v, #first + t * #stride], [y0, ky0], [#base + t, #kx0],
                    row_taps.clone(), #taps,
                );
            }
        },
    }
    .emit()
}

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y·s+ky][x·s+kx]`, `d_bias[o] += Σ d_output[o][y][x]`.
///
/// Each weight has its own sum over samples and positions. A tile keeps the sums of some output
/// channels for one row of taps; each lane sums its own sample, and the lanes are added last.
pub(super) fn weight_gradient(geometry: &Geometry) -> Kernel {
    let mut arguments = vec![
        Tensor::Input(0).read(),
        Tensor::OutputGradient.read(),
        Tensor::ParameterGradient(0).update(),
    ];
    let mut doc = vec![format!(
        "`d_weight[o][i][ky][kx] += Σ_n Σ_y Σ_x d_output[o][y][x] · input[i][{}][{}]`",
        source(&geometry.y, &quote!(y), &quote!(ky)),
        source(&geometry.x, &quote!(x), &quote!(kx)),
    )];
    doc.push(
        "Every tap of every kernel has a sum of its own, over samples `n` and positions."
            .to_owned(),
    );
    let bias = geometry.bias.then(|| {
        arguments.push(Tensor::ParameterGradient(1).update());
        doc.push("`d_bias[o] += Σ_n Σ_y Σ_x d_output[o][y][x]`".to_owned());
        bias_loops(geometry)
    });
    doc.extend(geometry.padding_note());
    let weights = per_register_file(|registers| weight_loops(geometry, registers));
    Kernel {
        purpose: "weight_gradient",
        doc,
        arguments,
        items: weight_items(geometry),
        body: quote! { #weights #bias },
    }
}

fn bias_loops(geometry: &Geometry) -> TokenStream {
    let channels = geometry.channels_out;
    quote! {
        for o in 0..#channels {
            let mut sum = splat(simd, T::ZERO);
            for row in &d_output[o] {
                for delta in row {
                    for part in 0..parts::<T, S>() {
                        sum = sum.add(load(simd, delta, part));
                    }
                }
            }
            d_bias[o] += sum.sum();
        }
    }
}

fn weight_items(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let (w, oh, ow) = (x.input, y.output, x.output);
    quote! {
        /// Adds the products of one position to the sums of taps `FIRST..END`.
        ///
        /// `first` is the input column under tap `FIRST`.
        #[inline(always)]
        fn position<T: Scalar, S: Simd, const CHANNELS: usize, const TAPS: usize, const FIRST: usize, const END: usize>(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; TAPS]; CHANNELS],
            row: &[Lanes<T>; #w],
            d_output: &[[[Lanes<T>; #ow]; #oh]; #channels_out],
            [o0, y, x]: [usize; 3],
            first: usize,
        ) {
            let mut pixels = [splat(simd, T::ZERO); TAPS];
            let under = &row[first..][..END - FIRST];
            for kx in FIRST..END {
                pixels[kx] = load(simd, &under[kx - FIRST], part);
            }
            for o in 0..CHANNELS {
                let delta = load(simd, &d_output[o0 + o][y][x], part);
                for kx in FIRST..END {
                    sum[o][kx] = pixels[kx].mul_add(delta, sum[o][kx]);
                }
            }
        }
    }
}

/// The loops over channels, taps and positions, for one register file.
fn weight_loops(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (channels, taps) = choose(registers, channels_out, x.window);
    let rows = positions(&y, &quote!(ky));
    let (kh, row_of) = (y.window, source(&y, &quote!(y), &quote!(ky)));
    let mut nests = TokenStream::new();
    for o in runs(0..channels_out, channels) {
        let mut segments = TokenStream::new();
        for k in runs(0..x.window, taps).into_iter().flat_map(|run| {
            (0..run.count).map(move |n| run.first + n * run.size..run.first + (n + 1) * run.size)
        }) {
            let (first, count, size) = (k.start, k.len(), o.size);
            let tap = match first {
                0 => quote!(kx),
                _ => quote!(#first + kx),
            };
            let positions = weight_positions(geometry, k, o.size);
            segments.extend(quote! {
                let mut sum = [[splat(simd, T::ZERO); #count]; #size];
                for y in #rows {
                    let row = &input[i][#row_of];
                    for part in 0..parts::<T, S>() {
                        #positions
                    }
                }
                for (o, sums) in sum.iter().enumerate() {
                    for (kx, sum) in sums.iter().enumerate() {
                        d_weight[o0 + o][i][ky][#tap] += sum.sum();
                    }
                }
            });
        }
        let body = quote! {
            for i in 0..#channels_in {
                for ky in 0..#kh {
                    #segments
                }
            }
        };
        nests.extend(over_run(&quote!(o0), o, &body));
    }
    nests
}

/// All columns of a row: the interior in a loop, each edge column with the taps it has.
fn weight_positions(
    geometry: &Geometry,
    taps: std::ops::Range<usize>,
    channels: usize,
) -> TokenStream {
    let axis = geometry.x;
    let count = taps.len();
    let legal = |p: usize| {
        let range = axis.taps(p);
        range.start.max(taps.start)..range.end.min(taps.end)
    };
    let call = |x: &TokenStream, range: &std::ops::Range<usize>| {
        let (first, end) = (range.start - taps.start, range.end - taps.start);
        let column = source_of_tap(&axis, x, range.start);
        quote! {
            position::<T, S, #channels, #count, #first, #end>(
                simd, part, &mut sum, row, d_output, [o0, y, #x], #column,
            );
        }
    };
    let mut columns = TokenStream::new();
    let mut p = 0;
    while p < axis.output {
        let range = legal(p);
        let end = (p..axis.output)
            .find(|&q| legal(q) != range)
            .unwrap_or(axis.output);
        if !range.is_empty() {
            let body = call(&quote!(x), &range);
            let run = crate::emit::tiles::Run {
                first: p,
                size: 1,
                count: end - p,
            };
            columns.extend(over_run(&quote!(x), run, &body));
        }
        p = end;
    }
    columns
}
