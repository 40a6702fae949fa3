//! The gradient of a depthwise convolution by its weights, samples in the lanes.
//!
//! A gradient of the output is loaded once for all taps of some rows of taps, which is enough sums to keep
//! the multiply–adders busy, each of which waits for the one before. Where there are fewer taps,
//! neighbouring columns have sums of their own, which are added last.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use super::weight_gradient::bias_loops;
use crate::emit::axis::Axis;
use crate::emit::loops::over_run;
use crate::emit::tiles::{Registers, runs};
use crate::emit::windows::{positions, source_of_tap};

/// How many rows of taps, taps of a row, and neighbouring columns have sums in registers: enough to hide the
/// latency of a multiply–add, and few enough to leave room for what they multiply.
fn sums(registers: Registers, [rows, taps]: [usize; 2]) -> [usize; 3] {
    /// Multiply–adds in flight that hide the latency of four cycles at two a cycle.
    const IN_FLIGHT: usize = 8;
    let most = registers.sums();
    let taps = taps.min(most);
    let rows = rows.min(most / taps);
    let columns = IN_FLIGHT.div_ceil(rows * taps).min(most / (rows * taps));
    [rows, taps, columns]
}

/// The tile of some columns.
pub(super) fn items(geometry: &Geometry) -> TokenStream {
    let axis = geometry.x;
    let (w, ow, stride) = (axis.input, axis.output, axis.stride);
    let (reach, under) = match axis.dilation {
        1 => (quote!(END - FIRST), quote!(kx - FIRST)),
        dilation => (
            quote!((END - FIRST - 1) * #dilation + 1),
            quote!((kx - FIRST) * #dilation),
        ),
    };
    quote! {
        /// Adds the products of `COLUMNS` positions from `x` on to the sums of taps `FIRST..END` of each row.
        ///
        /// `first` is the input column under tap `FIRST` of the first position.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd, const SAMPLES: usize,
            const SUMS: usize, const ROWS: usize, const TAPS: usize,
            const COLUMNS: usize, const FIRST: usize, const END: usize,
        >(
            simd: S,
            part: usize,
            sum: &mut [[[V<T, S>; TAPS]; ROWS]; SUMS],
            rows: &[&[Lanes<T, SAMPLES>; #w]; ROWS],
            deltas: &[Lanes<T, SAMPLES>; #ow],
            x: usize,
            first: usize,
        ) {
            for t in 0..COLUMNS {
                let delta = load(simd, &deltas[x + t], part);
                for n in 0..ROWS {
                    let under = &rows[n][first + t * #stride..][..#reach];
                    for kx in FIRST..END {
                        let pixel = load(simd, &under[#under], part);
                        sum[t][n][kx] = pixel.mul_add(delta, sum[t][n][kx]);
                    }
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
    let [rows, taps, columns] = sums(registers, [y.window, x.window]);
    let mut nests = TokenStream::new();
    for run in runs(0..y.window, rows) {
        let starts = (0..x.window).step_by(taps);
        let segments: TokenStream = starts
            .map(|first| {
                let taps = first..(first + taps).min(x.window);
                segment(geometry, run.size, taps, columns)
            })
            .collect();
        nests.extend(over_run(&quote!(ky0), run, &segments));
    }
    let bias = geometry
        .bias
        .then(|| bias_loops(&quote!(o..o + 1), &quote!(..)));
    let no_row = y.is_padded().then(|| {
        quote! {
            no_row.fill(Lanes::splat(T::ZERO));
            let no_row = &*no_row;
        }
    });
    quote! {
        #no_row
        for o in 0..#channels_out {
            #bias
            #nests
        }
    }
}

/// The sums of some taps of `rows` rows from `ky0` on, over all positions.
fn segment(geometry: &Geometry, rows: usize, taps: Range<usize>, columns: usize) -> TokenStream {
    let (y, x) = (geometry.y, geometry.x);
    let (first, last) = (
        positions(&y, &quote!(ky0)),
        positions(&y, &quote!((ky0 + #rows - 1))),
    );
    // Late taps meet the input first.
    let range = match rows {
        1 => first,
        _ => quote!((#last).start..(#first).end),
    };
    let under = row_under(&y);
    let tap = match taps.start {
        0 => quote!(kx),
        first => quote!(#first + kx),
    };
    let (count, positions) = (taps.len(), row_positions(&x, &taps, [columns, rows]));
    quote! {
        let mut sum = [[[splat(simd, T::ZERO); #count]; #rows]; #columns];
        for y in #range {
            let mut rows = [&input[0][0]; #rows];
            for n in 0..#rows {
                let ky = ky0 + n;
                rows[n] = #under;
            }
            let deltas = &d_output[o][y];
            for part in 0..parts::<T, S>() {
                #positions
            }
        }
        for t in 1..#columns {
            for n in 0..#rows {
                for kx in 0..#count {
                    sum[0][n][kx] = sum[0][n][kx].add(sum[t][n][kx]);
                }
            }
        }
        let mut sums = [[T::ZERO; #count]; #rows];
        sums_of_lanes(simd, &sum[0], &mut sums);
        for n in 0..#rows {
            for kx in 0..#count {
                d_weight[o][0][ky0 + n][#tap] += sums[n][kx];
            }
        }
    }
}

/// The row of the input under the taps `ky` at row `y`; zeros if there is none.
fn row_under(axis: &Axis) -> TokenStream {
    let Axis {
        input,
        stride,
        dilation,
        before,
        ..
    } = *axis;
    let row = quote!(y * #stride + ky * #dilation);
    match axis.is_padded() {
        false => quote!(&input[0][#row]),
        true => quote! {
            match (#row).checked_sub(#before) {
                Some(row) if row < #input => &input[0][row],
                _ => no_row,
            }
        },
    }
}

/// All columns of a row, by tiles of those that have the same taps.
fn row_positions(axis: &Axis, taps: &Range<usize>, [columns, rows]: [usize; 2]) -> TokenStream {
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
                    tile::<T, S, SAMPLES, #columns, #rows, #count, #size, #first, #last>(
                        simd, part, &mut sum, &rows, deltas, x, #column,
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
            for rows in 1..12 {
                for taps in 1..40 {
                    let [r, k, columns] = sums(registers, [rows, taps]);
                    assert!(r >= 1 && k >= 1 && columns >= 1);
                    // A gradient and a pixel beside them.
                    assert!(
                        registers.hold(r * k * columns, 1),
                        "{rows}x{taps}: {r}x{k}x{columns}"
                    );
                }
            }
        }
    }
}
