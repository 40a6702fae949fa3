//! The forward loops of a convolution that keeps only the largest result of each window, samples in the lanes.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side};
use crate::emit::axis::Axis;
use crate::emit::largest::{Results, keeps_positions};
use crate::emit::loops::{Cut, Place, TileNest, edges, per_register_file};
use crate::emit::tiles::{Registers, Tile, choose_windows};
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Site, Tensor};

/// `output[o][v][u]` is the largest result of the window that begins at `y = v·height`, `x = u·width`.
///
/// A tile has all rows of some windows in registers, if those are enough. Else it has one row of them, and what
/// is the largest so far stands in `output`; at edges, where a column has taps of its own, a single result.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>, window: [usize; 2]) -> Kernel {
    let kept = Kept {
        geometry,
        site,
        window,
    };
    let mut arguments = vec![Tensor::Input(0).read(), Tensor::Parameter(0).read()];
    if geometry.bias {
        arguments.push(Tensor::Parameter(1).read());
    }
    arguments.push(Tensor::Output.write());
    if keeps_positions(site) {
        arguments.push(Tensor::Chosen.write());
    }
    Kernel {
        purpose: "forward",
        doc: doc(geometry, site, window),
        arguments,
        items: kept.tile(),
        body: kept.loops(),
    }
}

/// Whether tiles of whole windows are as fast as those of all results: windows are few columns wide, and some of
/// them have all taps in their rows.
pub(super) fn is_worthwhile(geometry: &Geometry, window: [usize; 2]) -> bool {
    /// Of wider ones a tile of the narrow file has a single row of sums.
    const MOST: usize = 6;
    let [_, width] = window;
    let x = geometry.x;
    width <= MOST && !whole_windows(&x, width, x.output / width).is_empty()
}

/// The formula of what is kept, for the documentation.
pub(super) fn doc(
    geometry: &Geometry,
    site: &Site<'_>,
    [height, width]: [usize; 2],
) -> Vec<String> {
    let result = geometry.activated(site);
    let mut doc = vec![format!(
        "`output[o][v][u]` is the largest of the {height}x{width} results `{result}` from `y = v·{height}` and \
         `x = u·{width}` on; NaN if one is NaN."
    )];
    if keeps_positions(site) {
        doc.push(
            "`chosen` is its position, row by row; of equal ones that of the first.".to_owned(),
        );
    }
    doc.extend(geometry.notes());
    doc
}

/// A convolution and its windows.
struct Kept<'a> {
    geometry: &'a Geometry,
    site: &'a Site<'a>,
    /// Height, width.
    window: [usize; 2],
}

impl Kept<'_> {
    /// Windows of a column and of a row.
    fn windows(&self) -> [usize; 2] {
        let [height, width] = self.window;
        let Geometry { y, x, .. } = *self.geometry;
        [y.output / height, x.output / width]
    }

    /// The register tile: all taps of `CHANNELS` channels by `ROWS` rows of `COLUMNS` columns, of which `ALONG`
    /// neighbours belong to one window.
    fn tile(&self) -> TokenStream {
        let Geometry {
            channels_in,
            channels_out,
            y,
            x,
            ..
        } = *self.geometry;
        let (h, w, kh, kw, stride) = (y.input, x.input, y.window, x.window, x.stride);
        let [rows, columns] = self.windows();
        let bias_type = self
            .geometry
            .bias
            .then(|| quote!(bias: &[T; #channels_out],));
        let start = match self.geometry.bias {
            true => quote!(splat(simd, bias[o0 + o])),
            false => quote!(splat(simd, T::ZERO)),
        };
        let chosen_type = keeps_positions(self.site)
            .then(|| quote!(chosen: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],));
        let row = source(&y, &quote!((y0 + r)), &quote!(ky));
        let column = source(&x, &quote!(x0), &quote!(kx));
        let keep = self.keep();
        let multiply = multiply(channels_in, &row, &column, stride);
        quote! {
            /// All taps of `CHANNELS` channels from `o0`, `ROWS` rows from `y0` and `COLUMNS` columns from `x0`, in
            /// registers; of which each window keeps the largest of `ROWS` rows of `ALONG` results, that begin
            /// at its position `place`.
            #[inline(always)]
            fn tile<
                T: Scalar,
                S: Simd,
                const SAMPLES: usize,
                const CHANNELS: usize,
                const ROWS: usize,
                const COLUMNS: usize,
                const ALONG: usize,
                const PARTS: usize,
            >(
                simd: S,
                part: usize,
                input: &[[[Lanes<T, SAMPLES>; #w]; #h]; #channels_in],
                weight: &[[[[T; #kw]; #kh]; #channels_in]; #channels_out],
                #bias_type
                output: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],
                #chosen_type
                [o0, y0, x0, place]: [usize; 4],
                row_taps: Range<usize>,
                column_taps: Range<usize>,
            ) {
                let mut sum = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
                for o in 0..CHANNELS {
                    sum[o] = [[[#start; PARTS]; COLUMNS]; ROWS];
                }
                #multiply
                #keep
            }
        }
    }

    /// Keeps the largest of the sums of a tile.
    fn keep(&self) -> TokenStream {
        let [height, width] = self.window;
        let results = Results {
            site: self.site,
            window: self.window,
            rows: quote!(ROWS),
            along: quote!(ALONG),
            result: quote!(results[o][r][u * ALONG + k][p]),
            place: quote!(place),
            at: [
                quote!(o0 + o),
                quote!(y0 / #height),
                quote!(x0 / #width + u),
            ],
            part: quote!(part + p),
        };
        let keep = results.keep();
        quote! {
            // Copied one by one, for the loops behind are too long to be unrolled: sums indexed by them would be
            // stored at every tap.
            let mut results = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
            for o in 0..CHANNELS {
                for r in 0..ROWS {
                    for x in 0..COLUMNS {
                        for p in 0..PARTS {
                            results[o][r][x][p] = sum[o][r][x][p];
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for u in 0..COLUMNS / ALONG {
                    for p in 0..PARTS {
                        #keep
                    }
                }
            }
        }
    }

    fn loops(&self) -> TokenStream {
        let geometry = self.geometry;
        let [windows_down, _] = self.windows();
        let rows = per_register_file(|registers| {
            let row = self.row_of_windows(registers);
            quote! { for v in 0..#windows_down { #row } }
        });
        let mut read = vec![("input", Side::In), ("weight", Side::Out)];
        read.extend(geometry.bias.then_some(("bias", Side::Out)));
        let mut written = vec![("output", Side::Out)];
        written.extend(keeps_positions(self.site).then_some(("chosen", Side::Out)));
        geometry.each_group(&read, &written, &rows)
    }

    /// The windows of row `v`: those with all taps as a whole where that is as fast, the others row by row.
    fn row_of_windows(&self, registers: Registers) -> TokenStream {
        let [height, width] = self.window;
        let Geometry {
            channels_out, y, x, ..
        } = *self.geometry;
        let [down, along] = self.windows();
        let whole = whole_windows(&x, width, along);
        let rows = whole_windows(&y, height, down);
        let tile = choose_windows(registers, [channels_out, whole.len()], self.window)
            .filter(|_| !rows.is_empty() && !whole.is_empty());
        let Some(tile) = tile else {
            return self.row_by_row(registers, &whole, true);
        };
        let mut together = self.together(tile, &whole);
        if whole.len() < along {
            together.extend(self.row_by_row(registers, &whole, false));
        }
        if rows.len() == down {
            return together;
        }
        let (first, end) = (rows.start, rows.end);
        let by_row = self.row_by_row(registers, &whole, true);
        quote! {
            if (#first..#end).contains(&v) { #together } else { #by_row }
        }
    }

    /// Tiles of the `whole` windows of row `v`.
    fn together(&self, [rows, columns]: [usize; 2], whole: &Range<usize>) -> TokenStream {
        let [height, width] = self.window;
        let Geometry { y, x, .. } = *self.geometry;
        let (kh, kw) = (y.window, x.window);
        let tile = Tile {
            rows,
            columns,
            parts: 1,
        };
        let nest = TileNest {
            row: quote!(o),
            rows: self.geometry.channels_out,
            most_rows: usize::MAX,
            column: quote!(u),
            interior: whole.clone(),
            edges: [0..0, 0..0],
            unit: 1,
            cut: Cut::Overlapping,
            call: &|tile, _| {
                let sizes = [tile.rows, height, tile.columns * width, width, tile.parts];
                let place = quote!([o, v * #height, u * #width, 0]);
                self.call(sizes, &place, [quote!(0..#kh), quote!(0..#kw)])
            },
        };
        nest.nest(tile, whole.clone(), Place::Interior)
    }

    /// Tiles of the rows of the windows `v`, one after the other: of all windows, or only of those that are not
    /// `whole`.
    fn row_by_row(&self, registers: Registers, whole: &Range<usize>, all: bool) -> TokenStream {
        let [height, width] = self.window;
        let Geometry { y, x, .. } = *self.geometry;
        let [_, along] = self.windows();
        let interior = whole.start * width..whole.end * width;
        let (kw, row_taps, column_taps) = (x.window, taps(&y, &quote!(y)), taps(&x, &quote!(x)));
        let nest = TileNest {
            row: quote!(o),
            rows: self.geometry.channels_out,
            most_rows: usize::MAX,
            column: quote!(x),
            edges: edges(&interior, along * width),
            interior: if all { interior } else { 0..0 },
            unit: width,
            cut: Cut::Even,
            call: &|tile, at| {
                let whole = at == Place::Interior && tile.columns.is_multiple_of(width);
                let (together, place) = match whole {
                    true => (width, quote!(r * #width)),
                    false => (1, quote!(r * #width + x % #width)),
                };
                let sizes = [tile.rows, 1, tile.columns, together, tile.parts];
                let column_taps = match at {
                    Place::Interior => quote!(0..#kw),
                    Place::Edge => column_taps.clone(),
                };
                let taps = [quote!(row_taps.clone()), column_taps];
                self.call(sizes, &quote!([o, y, x, #place]), taps)
            },
        };
        let nest = nest.emit_for(registers);
        quote! {
            for r in 0..#height {
                let y = v * #height + r;
                let row_taps = #row_taps;
                #nest
            }
        }
    }

    fn call(
        &self,
        [channels, rows, columns, along, parts]: [usize; 5],
        place: &TokenStream,
        [row_taps, column_taps]: [TokenStream; 2],
    ) -> TokenStream {
        let bias = self.geometry.bias.then(|| quote!(bias,));
        let chosen = keeps_positions(self.site).then(|| quote!(chosen,));
        quote! {
            tile::<T, S, SAMPLES, #channels, #rows, #columns, #along, #parts>(
                simd, part, input, weight, #bias output, #chosen #place, #row_taps, #column_taps,
            );
        }
    }
}

/// Adds the products of all taps to the sums of a tile.
fn multiply(
    channels_in: usize,
    row: &TokenStream,
    column: &TokenStream,
    stride: usize,
) -> TokenStream {
    quote! {
        for i in 0..#channels_in {
            for ky in row_taps.clone() {
                for kx in column_taps.clone() {
                    let mut pixels = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS];
                    for r in 0..ROWS {
                        let row = &input[i][#row];
                        pixels[r] = load_columns::<T, S, SAMPLES, COLUMNS, PARTS, #stride>(simd, row, #column, part);
                    }
                    for o in 0..CHANNELS {
                        let tap = splat(simd, weight[o0 + o][i][ky][kx]);
                        for r in 0..ROWS {
                            for x in 0..COLUMNS {
                                for p in 0..PARTS {
                                    sum[o][r][x][p] = pixels[r][x][p].mul_add(tap, sum[o][r][x][p]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The windows of so many positions whose results all have all taps, of so many windows.
fn whole_windows(axis: &Axis, size: usize, windows: usize) -> Range<usize> {
    let interior = axis.interior();
    let (first, end) = (interior.start.div_ceil(size), interior.end / size);
    first..end.min(windows).max(first)
}
