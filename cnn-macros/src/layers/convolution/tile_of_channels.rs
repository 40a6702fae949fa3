//! The register tile of one sample with channels in the lanes, and the loops that cover an image.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::packing::Packed;
use crate::emit::loops::{edges, over_run, per_register_file};
use crate::emit::tiles::{Registers, rows_beside, runs};
use crate::kernel::{Kernel, Site};
use crate::layout::{WIDEST, padded};

/// How a tile finds the pixels under its taps.
pub(super) struct Tile {
    pub(super) packed: Packed,
    /// Height, width.
    pub(super) input: [usize; 2],
    /// Height, width.
    pub(super) output: [usize; 2],
    /// The arguments that say where it stands: register `v0`, row `y`, and the columns.
    pub(super) origin: TokenStream,
    /// The variable that counts its rows of taps, and the row of the input under it.
    pub(super) row_tap: TokenStream,
    pub(super) row: TokenStream,
    /// The statement that finds `ky`, where the variable is another.
    pub(super) row_tap_number: TokenStream,
    /// The same for its columns of taps: the column of the input under the tile's first.
    pub(super) column_tap: TokenStream,
    pub(super) column: TokenStream,
    pub(super) column_tap_number: TokenStream,
    /// From one column of the input to the next.
    pub(super) step: usize,
    /// The column of the output that is the tile's column `x`.
    pub(super) target: TokenStream,
}

/// Columns of the output that are covered in one go.
pub(super) struct Sweep {
    pub(super) variable: TokenStream,
    pub(super) count: usize,
    /// Those that have all taps.
    pub(super) interior: Range<usize>,
    /// The taps of a column inside, and of one at an edge.
    pub(super) inside: TokenStream,
    pub(super) at_edge: TokenStream,
    /// Where a tile stands.
    pub(super) origin: TokenStream,
}

impl Tile {
    /// The kernel that covers the image by `sweeps`; `rows` puts the loops over columns into those
    /// over rows.
    pub(super) fn kernel(
        &self,
        doc: Vec<String>,
        site: &Site<'_>,
        sweeps: &[Sweep],
        rows: &dyn Fn(&TokenStream) -> TokenStream,
    ) -> Kernel {
        let columns = per_register_file(|registers| self.columns(sweeps, registers));
        Kernel {
            purpose: "single",
            doc,
            arguments: self.packed.arguments(),
            items: self.emit(site),
            body: self.packed.each_group(&rows(&columns)),
        }
    }

    /// The pixel of channel `i` of a group, and how a register of results is stored.
    fn ends(&self, result: &TokenStream) -> [TokenStream; 3] {
        let Packed {
            groups, from, to, ..
        } = self.packed;
        let target = &self.target;
        let first = quote!((v0 + v) * width::<T, S>());
        let pixel = match groups {
            1 => quote!(i),
            _ => quote!(g * #from + i),
        };
        let (group, store) = match (groups, to % WIDEST) {
            (1, _) => (
                quote!(),
                quote!(store_at(&mut output[y][#target], #first, #result);),
            ),
            (_, 0) => (
                quote!(g: usize,),
                quote!(store_at(&mut output[y][#target], g * #to + #first, #result);),
            ),
            // The channels of the next group follow at once.
            _ => (
                quote!(g: usize,),
                quote! {
                    let mut lanes = [T::ZERO; #WIDEST];
                    store_at(&mut lanes, 0, #result);
                    let count = usize::min(width::<T, S>(), #to - #first);
                    output[y][#target][g * #to + #first..][..count].copy_from_slice(&lanes[..count]);
                },
            ),
        };
        [group, pixel, store]
    }

    fn emit(&self, site: &Site<'_>) -> TokenStream {
        let Self {
            packed,
            input: [h, w],
            output: [oh, ow],
            origin,
            row_tap,
            row,
            row_tap_number,
            column_tap,
            column,
            column_tap_number,
            step,
            ..
        } = self;
        let (lanes_in, lanes_out) = (
            padded(packed.groups * packed.from),
            padded(packed.groups * packed.to),
        );
        let [weight_type, bias_type] = packed.types();
        let start = match packed.bias {
            true => quote!(load_at(simd, packed_bias, (v0 + v) * width::<T, S>())),
            false => quote!(splat(simd, T::ZERO)),
        };
        let from = packed.from;
        let [group, pixel, store] = self.ends(&site.activate(quote!(sum[v][x])));
        quote! {
            /// All taps of `VECTORS` registers of channels from `v0` and `COLUMNS` columns from `x0`.
            #[inline(always)]
            fn tile<T: Scalar, S: Simd, const VECTORS: usize, const COLUMNS: usize>(
                simd: S,
                #group
                input: &[[[T; #lanes_in]; #w]; #h],
                packed_weight: #weight_type,
                #bias_type
                output: &mut [[[T; #lanes_out]; #ow]; #oh],
                #origin
                row_taps: Range<usize>,
                column_taps: Range<usize>,
            ) {
                let mut sum = [[splat(simd, T::ZERO); COLUMNS]; VECTORS];
                for v in 0..VECTORS {
                    sum[v] = [#start; COLUMNS];
                }
                for #row_tap in row_taps {
                    let row = &input[#row];
                    #row_tap_number
                    for #column_tap in column_taps.clone() {
                        let pixels = &row[#column..][..(COLUMNS - 1) * #step + 1];
                        #column_tap_number
                        for i in 0..#from {
                            let mut taps = [splat(simd, T::ZERO); VECTORS];
                            for v in 0..VECTORS {
                                taps[v] = load_at(simd, &packed_weight[ky][kx][i], (v0 + v) * width::<T, S>());
                            }
                            for x in 0..COLUMNS {
                                let pixel = splat(simd, pixels[x * #step][#pixel]);
                                for v in 0..VECTORS {
                                    sum[v][x] = taps[v].mul_add(pixel, sum[v][x]);
                                }
                            }
                        }
                    }
                }
                for v in 0..VECTORS {
                    for x in 0..COLUMNS {
                        #store
                    }
                }
            }
        }
    }

    fn columns(&self, sweeps: &[Sweep], registers: Registers) -> TokenStream {
        over_vectors(self.packed.to, |vectors| {
            let sweeps = sweeps.iter();
            sweeps
                .map(|sweep| self.cover(sweep, registers, vectors))
                .collect()
        })
    }

    fn cover(&self, sweep: &Sweep, registers: Registers, vectors: usize) -> TokenStream {
        let bias = self.packed.bias.then(|| quote!(packed_bias,));
        let group = (self.packed.groups > 1).then(|| quote!(g,));
        let Sweep {
            variable,
            count,
            interior,
            inside,
            at_edge,
            origin,
        } = sweep;
        let call = |columns: usize, taps: &TokenStream| {
            quote! {
                tile::<T, S, #vectors, #columns>(
                    simd, #group input, packed_weight, #bias output, #origin row_taps.clone(), #taps,
                );
            }
        };
        let mut loops = TokenStream::new();
        if !interior.is_empty() {
            // Columns are the longer side of these tiles: a broadcast needs no register.
            let size = rows_beside(registers, interior.len(), vectors);
            for run in runs(interior.clone(), size) {
                loops.extend(over_run(variable, run, &call(run.size, inside)));
            }
        }
        for edge in edges(interior, *count) {
            for run in runs(edge, 1) {
                loops.extend(over_run(variable, run, &call(1, at_edge)));
            }
        }
        loops
    }
}

/// Two registers of channels at a time while there are two, then one; `cover` gives the tiles of so many from
/// register `v` on.
pub(super) fn over_vectors(channels: usize, cover: impl Fn(usize) -> TokenStream) -> TokenStream {
    let (pairs, last) = (cover(2), cover(1));
    quote! {
        if const { registers_of::<T, S>(#channels) > 1 } {
            for pair in 0..registers_of::<T, S>(#channels) / 2 {
                let v = 2 * pair;
                #pairs
            }
        }
        if const { registers_of::<T, S>(#channels) % 2 == 1 } {
            let v = registers_of::<T, S>(#channels) - 1;
            #last
        }
    }
}
