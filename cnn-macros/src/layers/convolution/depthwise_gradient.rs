//! The gradient of a depthwise convolution by its weights, samples in the lanes.
//!
//! One kernel of one channel has too few sums to keep the multiply–adders busy, each of which waits
//! for the one before. So neighbouring columns have sums of their own, which are added last; and a
//! pixel that one column reads with one tap is there for its neighbour to read with another.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use crate::emit::axis::Axis;
use crate::emit::loops::over_run;
use crate::emit::tiles::{Registers, runs};
use crate::emit::windows::{positions, source, source_of_tap};

/// How many taps of a row, and of how many neighbouring columns, have sums in registers: enough to
/// hide the latency of a multiply–add, and few enough to leave room for the gradients of the outputs.
fn sums(registers: Registers, taps: usize) -> [usize; 2] {
    let most = match registers {
        Registers::Wide => 16,
        Registers::Narrow => 9,
    };
    let taps = taps.min(most);
    [taps, (most / taps).min(4)]
}

/// The tile of some columns.
pub(super) fn items(geometry: &Geometry) -> TokenStream {
    let axis = geometry.x;
    let (w, ow, stride) = (axis.input, axis.output, axis.stride);
    let column = match axis.dilation {
        1 => quote!(first + (kx - FIRST)),
        dilation => quote!(first + (kx - FIRST) * #dilation),
    };
    quote! {
        /// Adds the products of `COLUMNS` positions from `x` on to the sums of taps `FIRST..END`.
        ///
        /// `first` is the input column under tap `FIRST` of the first position.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd,
            const SUMS: usize, const TAPS: usize, const COLUMNS: usize, const FIRST: usize, const END: usize,
        >(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; TAPS]; SUMS],
            row: &[Lanes<T>; #w],
            deltas: &[Lanes<T>; #ow],
            x: usize,
            first: usize,
        ) {
            let deltas = load_columns::<T, S, COLUMNS, 1>(simd, deltas, x, part);
            for kx in FIRST..END {
                let pixels = load_columns::<T, S, COLUMNS, #stride>(simd, row, #column, part);
                for t in 0..COLUMNS {
                    sum[t][kx] = pixels[t].mul_add(deltas[t], sum[t][kx]);
                }
            }
        }
    }
}

/// The loops over the kernels of one channel, their taps and positions, for one register file.
pub(super) fn loops(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let [taps, columns] = sums(registers, x.window);
    let (kh, rows) = (y.window, positions(&y, &quote!(ky)));
    let row = source(&y, &quote!(y), &quote!(ky));
    let starts = (0..x.window).step_by(taps);
    let segments = starts.map(|first| {
        let taps = first..(first + taps).min(x.window);
        let count = taps.len();
        let tap = match first {
            0 => quote!(kx),
            _ => quote!(#first + kx),
        };
        let positions = row_positions(&x, &taps, columns);
        quote! {
            let mut sum = [[splat(simd, T::ZERO); #count]; #columns];
            for y in #rows {
                let (row, deltas) = (&input[0][#row], &d_output[o][y]);
                for part in 0..parts::<T, S>() {
                    #positions
                }
            }
            for kx in 0..#count {
                let mut total = sum[0][kx];
                for t in 1..#columns {
                    total = total.add(sum[t][kx]);
                }
                d_weight[o][0][ky][#tap] += total.sum();
            }
        }
    });
    quote! {
        for o in 0..#channels_out {
            for ky in 0..#kh {
                #(#segments)*
            }
        }
    }
}

/// All columns of a row, by tiles of those that have the same taps.
fn row_positions(axis: &Axis, taps: &Range<usize>, columns: usize) -> TokenStream {
    let count = taps.len();
    let legal = |p: usize| {
        let range = axis.taps(p);
        range.start.max(taps.start)..range.end.min(taps.end)
    };
    let mut tiles = TokenStream::new();
    let mut p = 0;
    while p < axis.output {
        let range = legal(p);
        let differs = (p..axis.output).find(|&q| legal(q) != range);
        let end = differs.unwrap_or(axis.output);
        if !range.is_empty() {
            let (first, last) = (range.start - taps.start, range.end - taps.start);
            let column = source_of_tap(axis, &quote!(x), range.start);
            for run in runs(p..end, columns) {
                let size = run.size;
                let call = quote! {
                    tile::<T, S, #columns, #count, #size, #first, #last>(
                        simd, part, &mut sum, row, deltas, x, #column,
                    );
                };
                tiles.extend(over_run(&quote!(x), run, &call));
            }
        }
        p = end;
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_gradients_fit_the_register_file() {
        for registers in [Registers::Wide, Registers::Narrow] {
            for window in 1..40 {
                let [taps, columns] = sums(registers, window);
                assert!(taps >= 1 && columns >= 1);
                assert!(registers.hold(taps, columns), "{window}: {taps}x{columns}");
            }
        }
    }
}
