//! The products at one point, of either way: a register tile, and the loops over channels and neighbouring tiles.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::loops::{Cut, TileNest};
use crate::emit::tiles::Tile;

/// What the register tile reads, and where it stands.
pub(super) struct Operands<'a> {
    /// The types of what stands at the point.
    pub(super) pixels: TokenStream,
    pub(super) taps: TokenStream,
    pub(super) products: TokenStream,
    /// The arguments behind those: `o0`, `t0` and what else the tile needs to know.
    pub(super) origin: TokenStream,
    /// The loops over all that is summed, around a term.
    pub(super) sum: &'a dyn Fn(&TokenStream) -> TokenStream,
    /// The row of pixels and the tap from channel `i` to channel `o0 + o`, in a term.
    pub(super) row: TokenStream,
    pub(super) tap: TokenStream,
}

impl Operands<'_> {
    /// The register tile.
    pub(super) fn tile(&self) -> TokenStream {
        let Self {
            pixels,
            taps,
            products,
            origin,
            sum,
            row,
            tap,
        } = self;
        let sums = sum(&quote! {
            let under = load_columns::<T, S, SAMPLES, COLUMNS, PARTS, 1>(simd, &#row, t0, part);
            for o in 0..CHANNELS {
                let tap = splat(simd, #tap);
                for t in 0..COLUMNS {
                    for p in 0..PARTS {
                        sum[o][t][p] = under[t][p].mul_add(tap, sum[o][t][p]);
                    }
                }
            }
        });
        quote! {
            /// The products of `CHANNELS` channels from `o0` and `COLUMNS` tiles from `t0` at one point, summed
            /// over all that a tile's results see, in registers.
            #[inline(always)]
            fn tile<
                T: Scalar, S: Simd, const SAMPLES: usize,
                const CHANNELS: usize, const COLUMNS: usize, const PARTS: usize,
            >(
                simd: S,
                part: usize,
                pixels: &#pixels,
                taps: &#taps,
                products: &mut #products,
                #origin
            ) {
                let mut sum = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; CHANNELS];
                #sums
                for o in 0..CHANNELS {
                    for t in 0..COLUMNS {
                        for p in 0..PARTS {
                            store(&mut products[o0 + o][t0 + t], part + p, sum[o][t][p]);
                        }
                    }
                }
            }
        }
    }
}

/// The calls of the register tile for so many channels and tiles, with these arguments behind `part`.
pub(super) fn nest(channels: usize, tiles: usize, arguments: &TokenStream) -> TokenStream {
    TileNest {
        row: quote!(o),
        rows: channels,
        most_rows: usize::MAX,
        column: quote!(t),
        interior: 0..tiles,
        edges: [0..0, tiles..tiles],
        unit: 1,
        cut: Cut::Overlapping,
        call: &|tile, _| {
            let Tile {
                rows,
                columns,
                parts,
            } = tile;
            quote!(tile::<T, S, SAMPLES, #rows, #columns, #parts>(simd, part, #arguments);)
        },
    }
    .emit()
}
