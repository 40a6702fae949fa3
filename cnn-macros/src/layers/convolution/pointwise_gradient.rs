//! The gradient of a convolution whose window is one column wide (a pointwise one, and such as
//! `conv<3x1>`) by its weights, samples in the lanes: a product of matrices.
//!
//! A row of taps is a single one, whose sum would load as much as it computes. So a tile has sums for
//! some output channels by some input channels.

use proc_macro2::TokenStream;
use quote::quote;

use super::bands::{self, Bands};
use super::geometry::Geometry;
use super::weight_gradient::bias;
use crate::emit::loops::over_run;
use crate::emit::tiles::{Registers, choose_product_of_near_rows, runs};
use crate::emit::windows::{positions, source};

/// Whether the loops below can compute a convolution, and have something to gain.
pub(super) fn is_possible(geometry: &Geometry) -> bool {
    geometry.x.window == 1 && geometry.channels_in > 1
}

/// The register tile.
pub(super) fn items(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (h, w, oh, ow, kh) = (y.input, x.input, y.output, x.output, y.window);
    let (rows, columns) = (bands::rows(geometry), positions(&x, &quote!(0)));
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(x), &quote!(0));
    quote! {
        /// The sums of `OUT` output channels from `o0` by `IN` input channels from `i0`, in registers.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const OUT: usize, const IN: usize>(
            simd: S,
            input: &[[[Lanes<T, SAMPLES>; #w]; #h]; #channels_in],
            d_output: &[[[Lanes<T, SAMPLES>; #ow]; #oh]; #channels_out],
            d_weight: &mut [[[[T; 1]; #kh]; #channels_in]; #channels_out],
            [o0, i0, ky]: [usize; 3],
            band: Range<usize>,
        ) {
            let (images, deltas) = (&input[i0..][..IN], &d_output[o0..][..OUT]);
            let mut sum = [[splat(simd, T::ZERO); IN]; OUT];
            for y in #rows {
                for part in 0..parts::<T, S>() {
                    for x in #columns {
                        add_products::<T, S, OUT, IN>(
                            simd, &mut sum, 0..IN,
                            #[inline(always)] |o| load(simd, &deltas[o][y][x], part),
                            #[inline(always)] |i| load(simd, &images[i][#row][#column], part),
                        );
                    }
                }
            }
            let mut sums = [[T::ZERO; IN]; OUT];
            sums_of_lanes(simd, &sum, &mut sums);
            for o in 0..OUT {
                for i in 0..IN {
                    d_weight[o0 + o][i0 + i][ky][0] += sums[o][i];
                }
            }
        }
    }
}

/// The loops over output channels, input channels and rows of taps, for one register file.
pub(super) fn loops(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        ..
    } = *geometry;
    let kh = y.window;
    let (out, into) = choose_product_of_near_rows(registers, channels_out, channels_in);
    let mut nests = TokenStream::new();
    for o in runs(0..channels_out, out) {
        let mut inner = bias(geometry, o.size);
        for i in runs(0..channels_in, into) {
            let (out, into) = (o.size, i.size);
            let body = quote! {
                for ky in 0..#kh {
                    tile::<T, S, SAMPLES, #out, #into>(simd, input, d_output, d_weight, [o0, i0, ky], band.clone());
                }
            };
            inner.extend(over_run(&quote!(i0), i, &body));
        }
        nests.extend(over_run(&quote!(o0), o, &inner));
    }
    Bands::new(geometry, out * into, [out, into]).each(&nests)
}
