//! The gradient of a convolution by its parameters on one sample, columns in the lanes.
//!
//! Each tap has a sum of its own in a register, over the rows of the image and their columns; the lanes are
//! added last. Where there is padding, a row is read from a line with zeros around it.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::columns::line_width;
use super::geometry::Geometry;
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::source;
use crate::kernel::{Kernel, Tensor};

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y+ky][x+kx]`, `d_bias[o] += Σ d_output[o][y][x]`.
///
/// A row of the input is read once for all rows of the output that it lies under: a tile keeps the sums of
/// some taps in some rows of the kernels of some channels.
///
/// The scratch of [`columns`](super::columns) stands behind `first` other buffers.
pub(super) fn weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let mut doc = vec![
        format!(
            "`d_weight[o][i][ky][kx] += Σ_y Σ_x d_output[o][y][x] · input[i][{}][{}]`",
            source(&geometry.y, &quote!(y), &quote!(ky)),
            source(&geometry.x, &quote!(x), &quote!(kx)),
        ),
        "One sample, columns in the lanes; `row` is one of the input.".to_owned(),
    ];
    doc.extend(geometry.note_on_groups());
    let mut arguments = vec![
        Tensor::Input(0).read(),
        Tensor::OutputGradient.read(),
        Tensor::ParameterGradient(0).update(),
    ];
    if geometry.x.is_padded() {
        arguments.push(Tensor::Scratch(first + 1).write());
        doc.push("`line` is a row with zeros around it.".to_owned());
    }
    let mut body = per_register_file(|registers| loops(geometry, registers));
    if geometry.bias {
        arguments.push(Tensor::ParameterGradient(1).update());
        doc.push("`d_bias[o] += Σ_y Σ_x d_output[o][y][x]`".to_owned());
        let channels = geometry.channels_out;
        body.extend(quote! {
            for o in 0..#channels {
                d_bias[o] += sum_all(simd, d_output[o].as_flattened());
            }
        });
    }
    Kernel {
        purpose: "weight_gradient",
        doc,
        arguments,
        items: items(geometry),
        body,
    }
}

/// The products of one register of columns.
fn items(geometry: &Geometry) -> TokenStream {
    let Geometry { x, .. } = *geometry;
    let ow = x.output;
    let width = match x.is_padded() {
        true => line_width(geometry),
        false => x.input,
    };
    let [reach, under] = [quote!(TAPS - 1), quote!(kx)].map(|count| match x.dilation {
        1 => count,
        dilation => quote!((#count) * #dilation),
    });
    quote! {
        /// Adds the products of the columns from `x` on with the pixels from `first` on, which lie under the
        /// first of the taps; `keep` leaves out what was added before.
        #[inline(always)]
        fn register<T: Scalar, S: Simd, const CHANNELS: usize, const ROWS: usize, const TAPS: usize>(
            simd: S,
            sum: &mut [[[V<T, S>; TAPS]; ROWS]; CHANNELS],
            pixels: &[T; #width],
            deltas: &[[&[T; #ow]; ROWS]; CHANNELS],
            [x, first]: [usize; 2],
            keep: impl Fn(V<T, S>) -> V<T, S>,
        ) {
            let pixels = &pixels[first..][..#reach + width::<T, S>()];
            let mut taps = [splat(simd, T::ZERO); TAPS];
            for kx in 0..TAPS {
                taps[kx] = load_at(simd, pixels, #under);
            }
            for o in 0..CHANNELS {
                for k in 0..ROWS {
                    let delta = keep(load_at(simd, deltas[o][k], x));
                    for kx in 0..TAPS {
                        sum[o][k][kx] = taps[kx].mul_add(delta, sum[o][k][kx]);
                    }
                }
            }
        }
    }
}

/// The loops over channels and taps, for one register file.
fn loops(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (sums, taps) = choose(registers, channels_out * y.window, x.window);
    let (channels, rows) = match sums / y.window {
        0 => (1, sums),
        channels => (channels.min(channels_out), y.window),
    };
    let mut nests = TokenStream::new();
    for o in runs(0..channels_out, channels) {
        let mut segments = TokenStream::new();
        for ky in runs(0..y.window, rows) {
            let tiles = runs(0..x.window, taps).into_iter().flat_map(|run| {
                (0..run.count)
                    .map(move |n| run.first + n * run.size..run.first + (n + 1) * run.size)
            });
            let tiles: TokenStream = tiles
                .map(|taps| tile(geometry, [o.size, ky.size], taps))
                .collect();
            segments.extend(over_run(&quote!(ky0), ky, &tiles));
        }
        let body = quote! {
            for i in 0..#channels_in {
                #segments
            }
        };
        nests.extend(over_run(&quote!(o0), o, &body));
    }
    nests
}

/// The sums of some `taps` in some rows of the kernels of some channels, over the whole image.
fn tile(geometry: &Geometry, [channels, rows]: [usize; 2], taps: Range<usize>) -> TokenStream {
    let Geometry { y, x, .. } = *geometry;
    let (h, ow, before, left, count) = (y.input, x.output, y.before, x.before, taps.len());
    let distance = match y.dilation {
        1 => quote!(ky0 + k),
        dilation => quote!((ky0 + k) * #dilation),
    };
    let tap = match taps.start {
        0 => quote!(kx),
        first => quote!(#first + kx),
    };
    let pixels = match x.is_padded() {
        true => quote! {
            pad_line(line, Some(&input[i][row]), #left);
            let pixels = &*line;
        },
        false => quote!(let pixels = &input[i][row];),
    };
    let columns = columns(geometry, &taps);
    quote! {
        let mut sum = [[[splat(simd, T::ZERO); #count]; #rows]; #channels];
        // What rows outside of the output would be.
        let nothing = [T::ZERO; #ow];
        for row in 0..#h {
            #pixels
            let mut deltas = [[&nothing; #rows]; #channels];
            for o in 0..#channels {
                for k in 0..#rows {
                    let y = usize::wrapping_sub(row + #before, #distance);
                    deltas[o][k] = d_output[o0 + o].get(y).unwrap_or(&nothing);
                }
            }
            #columns
        }
        for o in 0..#channels {
            for k in 0..#rows {
                for kx in 0..#count {
                    d_weight[o0 + o][i][ky0 + k][#tap] += sum[o][k][kx].sum();
                }
            }
        }
    }
}

/// The columns of a row. The last register overlaps the one before it, if need be, and leaves out the
/// columns that were there.
fn columns(geometry: &Geometry, taps: &Range<usize>) -> TokenStream {
    let count = geometry.x.output;
    let under = match taps.start * geometry.x.dilation {
        0 => quote!(x),
        distance => quote!(x + #distance),
    };
    quote! {
        for v in 0..#count / width::<T, S>() {
            let x = v * width::<T, S>();
            register(simd, &mut sum, pixels, &deltas, [x, #under], #[inline(always)] |delta| delta);
        }
        if const { #count % width::<T, S>() > 0 } {
            let x = #count - width::<T, S>();
            let mut kept = [T::ZERO; BLOCK];
            kept[width::<T, S>() - #count % width::<T, S>()..].fill(T::ONE);
            let (kept, zero) = (load_at(simd, &kept, 0), splat(simd, T::ZERO));
            register(simd, &mut sum, pixels, &deltas, [x, #under], #[inline(always)] |delta| {
                kept.select_greater(zero, delta, zero)
            });
        }
    }
}
