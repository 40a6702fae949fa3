//! The tiles of a row, and how pixels are taken to the points with samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::{POINTS, results, tiles};
use crate::emit::axis::Axis;
use crate::emit::loops::over_run;
use crate::emit::tiles::Run;

/// `call(first, end)` for every tile `t` of a row, of whose pixels those in `first..end` are in the image.
pub(super) fn runs_of_tiles(x: &Axis, call: &dyn Fn(usize, usize) -> TokenStream) -> TokenStream {
    let legal = |tile: usize| {
        let first = tile * results(x);
        let end = (x.input + x.before - first).min(POINTS);
        x.before.saturating_sub(first)..end
    };
    let tiles = tiles(x);
    let mut loops = TokenStream::new();
    let mut tile = 0;
    while tile < tiles {
        let range = legal(tile);
        let end = (tile..tiles).find(|&other| legal(other) != range);
        let end = end.unwrap_or(tiles);
        let call = call(range.start, range.end);
        loops.extend(over_run(&quote!(t), Run::of_ones(tile..end), &call));
        tile = end;
    }
    loops
}

/// `call(columns)` for every tile `t` of a row, which has so many results.
pub(super) fn runs_of_results(x: &Axis, call: &dyn Fn(usize) -> TokenStream) -> TokenStream {
    let results = results(x);
    let whole = x.output / results;
    [(0..whole, results), (whole..tiles(x), x.output % results)]
        .into_iter()
        .filter(|(tiles, _)| !tiles.is_empty())
        .map(|(tiles, columns)| over_run(&quote!(t), Run::of_ones(tiles), &call(columns)))
        .collect()
}

/// The column of the first pixel under tile `t` that is in the image, number `FIRST` of the tile's.
pub(super) fn first_column(x: &Axis) -> TokenStream {
    let results = results(x);
    match x.before {
        0 => quote!(t * #results + FIRST),
        before => quote!(t * #results + FIRST - #before),
    }
}

/// The function that takes the pixels under a tile to the points. `pixels` has so many rows.
pub(super) fn to_points(x: &Axis, channels: usize, rows: usize) -> TokenStream {
    let (w, tiles, column) = (x.input, tiles(x), first_column(x));
    quote! {
        /// Takes the pixels under tile `t` to the points; those before `FIRST` and from `END` on are zero.
        #[inline(always)]
        fn to_points<T: Scalar, S: Simd, const SAMPLES: usize, const FIRST: usize, const END: usize>(
            simd: S,
            part: usize,
            input: &[Lanes<T, SAMPLES>; #w],
            pixels: &mut [[[[Lanes<T, SAMPLES>; #tiles]; #rows]; #channels]; #POINTS],
            [i, place, t]: [usize; 3],
        ) {
            let under = &input[#column..][..END - FIRST];
            let mut window = [splat(simd, T::ZERO); #POINTS];
            for x in FIRST..END {
                window[x] = load(simd, &under[x - FIRST], part);
            }
            let at = winograd::pixels::<T, S>(simd, window);
            for p in 0..#POINTS {
                store(&mut pixels[p][i][place][t], part, at[p]);
            }
        }
    }
}

/// Takes row `row` of channel `i` to the points, into row `place` of `pixels`.
pub(super) fn fill_pixels(x: &Axis) -> TokenStream {
    let columns = runs_of_tiles(
        x,
        &|first, end| quote!(to_points::<T, S, SAMPLES, #first, #end>(simd, part, &input[i][row], pixels, [i, place, t]);),
    );
    quote! {
        for part in 0..parts::<T, S>() {
            #columns
        }
    }
}
