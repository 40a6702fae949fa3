//! Small builders for loop nests.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::tiles::{Registers, Run, Tile, choose_of_parts, even_runs, overlapping_runs, runs};

/// A loop over the tiles of a run: `variable` takes the first position of each.
pub(crate) fn over_run(variable: &TokenStream, run: Run, body: &TokenStream) -> TokenStream {
    let Run {
        first,
        size,
        count,
        end,
    } = run;
    if count == 1 {
        return quote!({ let #variable = #first; #body });
    }
    if size == 1 {
        return quote!(for #variable in #first..#end { #body });
    }
    let mut position = match first {
        0 => quote!(tile_index * #size),
        _ => quote!(#first + tile_index * #size),
    };
    if run.overlaps() {
        let last = end - size;
        position = quote!(usize::min(#position, #last));
    }
    quote! {
        for tile_index in 0..#count {
            let #variable = #position;
            #body
        }
    }
}

/// The tiles of one level over rows (channels) and columns of results.
///
/// `interior` columns are computed `rows × columns` at a time; each column of `edges` alone, since
/// its taps are its own. `call(tile, place)` is the call of the tile function at the positions named by the two
/// variables, from `part` on.
pub(crate) struct TileNest<'a> {
    pub(crate) row: TokenStream,
    pub(crate) rows: usize,
    /// The most rows of a tile, whatever registers hold.
    pub(crate) most_rows: usize,
    pub(crate) column: TokenStream,
    pub(crate) interior: Range<usize>,
    pub(crate) edges: [Range<usize>; 2],
    /// How many interior columns belong together, which a tile takes as a whole if it can.
    pub(crate) unit: usize,
    /// How rows are cut; columns are cut with a rest.
    pub(crate) cut: Cut,
    pub(crate) call: &'a dyn Fn(Tile, Place) -> TokenStream,
}

/// How rows are cut into tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Tiles of one size, the last of which writes some results once more, with the same numbers, if those are few; else
    /// with a smaller one behind. Such a tile may neither add to results nor read them.
    Overlapping,
    /// Tiles of two sizes that differ by one.
    Even,
}

impl Cut {
    /// For tiles that neither add to results nor read them, and compute a window of so many taps. The code of a single
    /// tap is short, and compiled soon for a second size.
    pub(crate) fn of_window(taps: usize) -> Self {
        match taps {
            1 => Self::Even,
            _ => Self::Overlapping,
        }
    }
}

/// Whether a tile's taps are all legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Interior,
    Edge,
}

impl TileNest<'_> {
    /// The loops for both register files; the level compiles only its own.
    pub(crate) fn emit(&self) -> TokenStream {
        per_register_file(|registers| self.emit_for(registers))
    }

    /// The loops for one register file.
    pub(crate) fn emit_for(&self, registers: Registers) -> TokenStream {
        let loops = |most_parts| self.emit_of_parts(registers, most_parts);
        let [one, several] = [1, 2].map(loops);
        if one.to_string() == several.to_string() {
            return one;
        }
        quote! { if const { parts::<T, S>() == 1 } { #one } else { #several } }
    }

    /// The loops of tiles of at most so many parts.
    fn emit_of_parts(&self, registers: Registers, most_parts: usize) -> TokenStream {
        let mut loops = TokenStream::new();
        let rows = [self.rows, self.most_rows];
        if !self.interior.is_empty() {
            let columns = [self.interior.len(), self.unit];
            let tile = choose_of_parts(registers, rows, columns, most_parts);
            loops.extend(self.nest(tile, self.interior.clone(), Place::Interior));
        }
        for edge in self.edges.iter().filter(|edge| !edge.is_empty()) {
            let tile = choose_of_parts(registers, rows, [1; 2], most_parts);
            loops.extend(self.nest(tile, edge.clone(), Place::Edge));
        }
        loops
    }

    /// The loops of equal tiles over some columns.
    pub(crate) fn nest(&self, tile: Tile, columns: Range<usize>, place: Place) -> TokenStream {
        let mut loops = TokenStream::new();
        let of_rows = match self.cut {
            Cut::Overlapping => overlapping_runs(0..self.rows, tile.rows),
            Cut::Even => even_runs(0..self.rows, tile.rows),
        };
        for row in of_rows {
            let mut inner = TokenStream::new();
            for column in runs(columns.clone(), tile.columns) {
                let tile = Tile {
                    rows: row.size,
                    columns: column.size,
                    ..tile
                };
                let call = (self.call)(tile, place);
                inner.extend(over_run(&self.column, column, &call));
            }
            loops.extend(over_run(&self.row, row, &inner));
        }
        let parts = match tile.parts {
            1 => quote!(0..parts::<T, S>()),
            parts => quote!((0..parts::<T, S>()).step_by(#parts)),
        };
        quote! {
            for part in #parts {
                #loops
            }
        }
    }
}

/// `if S::WIDE { … } else { … }`, or the code alone where both are equal.
pub(crate) fn per_register_file(emit: impl Fn(Registers) -> TokenStream) -> TokenStream {
    let (wide, narrow) = (emit(Registers::Wide), emit(Registers::Narrow));
    if wide.to_string() == narrow.to_string() {
        return wide;
    }
    quote! { if S::WIDE { #wide } else { #narrow } }
}

/// The two parts of `0..length` before and after `interior`; either may be empty.
pub(crate) fn edges(interior: &Range<usize>, length: usize) -> [Range<usize>; 2] {
    if interior.is_empty() {
        return [0..length, length..length];
    }
    [0..interior.start, interior.end..length]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::text::plain_numbers;

    #[test]
    fn only_single_taps_are_compiled_for_two_sizes() {
        assert_eq!(Cut::of_window(1), Cut::Even);
        assert_eq!(Cut::of_window(3), Cut::Overlapping);
    }

    #[test]
    fn the_last_of_overlapping_tiles_ends_where_the_range_does() {
        let loops = |rows| -> String {
            let runs = overlapping_runs(rows, 6).into_iter();
            let loops = runs.map(|run| over_run(&quote!(o), run, &quote!(tile(o);)));
            plain_numbers(&loops.collect())
        };
        let overlapping = quote! {
            for tile_index in 0..11 { let o = usize::min(tile_index * 6, 58); tile(o); }
        };
        assert_eq!(loops(0..64), overlapping.to_string());
        let apart = quote! {
            for tile_index in 0..2 { let o = tile_index * 6; tile(o); }
            { let o = 12; tile(o); }
        };
        assert_eq!(loops(0..16), apart.to_string());
    }
}
