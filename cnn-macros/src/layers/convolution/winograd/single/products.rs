//! The products at one point, of either way: a register tile, and the loops over channels and tiles.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{choose, runs};
use crate::layers::convolution::tile_of_channels::over_vectors;

/// What the register tile reads, and where it stands.
pub(super) struct Operands<'a> {
    /// The types of what stands at the point.
    pub(super) pixels: TokenStream,
    pub(super) weight: TokenStream,
    pub(super) products: TokenStream,
    /// The loops over all that is summed, around a term.
    pub(super) sum: &'a dyn Fn(&TokenStream) -> TokenStream,
    /// The pixels of the first tile and of those behind it, and the weights of channel `i`, in a term.
    pub(super) under: TokenStream,
    pub(super) taps: TokenStream,
}

impl Operands<'_> {
    /// The register tile.
    pub(super) fn tile(&self) -> TokenStream {
        let Self {
            pixels,
            weight,
            products,
            sum,
            under,
            taps,
        } = self;
        let sums = sum(&quote! {
            let under = &#under[..COLUMNS];
            let mut taps = [splat(simd, T::ZERO); VECTORS];
            for v in 0..VECTORS {
                taps[v] = load_at(simd, &#taps, (v0 + v) * width::<T, S>());
            }
            for t in 0..COLUMNS {
                let pixel = splat(simd, under[t][i]);
                for v in 0..VECTORS {
                    sum[v][t] = taps[v].mul_add(pixel, sum[v][t]);
                }
            }
        });
        quote! {
            /// The products of `VECTORS` registers of channels from `v0` and `COLUMNS` tiles from `t0` at one
            /// point, summed in registers.
            #[inline(always)]
            fn tile<T: Scalar, S: Simd, const VECTORS: usize, const COLUMNS: usize>(
                simd: S,
                pixels: &#pixels,
                packed_weight: &#weight,
                products: &mut #products,
                [v0, t0]: [usize; 2],
            ) {
                let mut sum = [[splat(simd, T::ZERO); COLUMNS]; VECTORS];
                #sums
                for t in 0..COLUMNS {
                    for v in 0..VECTORS {
                        store_at::<T, S>(&mut products[t0 + t], (v0 + v) * width::<T, S>(), sum[v][t]);
                    }
                }
            }
        }
    }
}

/// So many tiles and channels at all points.
pub(super) fn at_points(points: usize, tiles: usize, channels: usize) -> TokenStream {
    let of_point = per_register_file(|registers| {
        over_vectors(channels, |vectors| {
            // As in the tiles of direct convolutions, a broadcast needs no register.
            let (size, _) = choose(registers, tiles, vectors);
            let tiles = runs(0..tiles, size).into_iter().map(|run| {
                let columns = run.size;
                let call = quote! {
                    tile::<T, S, #vectors, #columns>(
                        simd, &pixels[p], &packed_weight[p], &mut products[p], [v, t],
                    );
                };
                over_run(&quote!(t), run, &call)
            });
            tiles.collect()
        })
    });
    quote! {
        for p in 0..#points {
            #of_point
        }
    }
}
