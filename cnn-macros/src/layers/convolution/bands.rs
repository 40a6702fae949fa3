//! Bands of rows, whose gradients stay in the first cache while all that is multiplied with them passes.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use crate::emit::tiles::LINE;
use crate::emit::windows::positions;

/// What stays in the first cache, in elements of sixteen lanes: three quarters of 32 KiB.
pub(super) const NEAR: usize = (24 << 10) / 64;

/// The rows of the output, cut into bands of equal height, of which the last may be lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bands {
    rows: usize,
    count: usize,
    height: usize,
}

impl Bands {
    /// Bands for tiles of so many sums, of so many channels of the output by so many of the input.
    ///
    /// The lanes of a tile are added up once for each band, so that none has few positions; and there is one
    /// band where the second cache is as fast as the tile.
    pub(super) fn new(geometry: &Geometry, sums: usize, [out, into]: [usize; 2]) -> Self {
        /// Positions beside which it does not matter that lanes are added up: to add those of a sum takes about
        /// as long as two of them.
        const ENOUGH: usize = 48;
        let Geometry { y, x, .. } = *geometry;
        let row = out * x.output + into * y.stride.min(y.window) * x.input;
        // A tile takes a cycle for each sum.
        let waits = LINE.cycles * (out + into) > LINE.lines * sums;
        let most = match waits {
            true => (NEAR / row).max(ENOUGH.div_ceil(x.output)).min(y.output),
            false => y.output,
        };
        let count = y.output.div_ceil(most);
        Self {
            rows: y.output.div_ceil(count),
            count,
            height: y.output,
        }
    }

    /// `body` for each band, whose rows it knows as `band`.
    pub(super) fn each(&self, body: &TokenStream) -> TokenStream {
        let Self {
            rows,
            count,
            height,
        } = *self;
        if count == 1 {
            return quote! { let band = 0..#height; #body };
        }
        quote! {
            for first in (0..#height).step_by(#rows) {
                let band = first..usize::min(first + #rows, #height);
                #body
            }
        }
    }
}

/// The rows of a band at which the taps `ky` meet the input.
pub(super) fn rows(geometry: &Geometry) -> TokenStream {
    let axis = &geometry.y;
    if !axis.is_padded() {
        return quote!(band.clone());
    }
    let all = positions(axis, &quote!(ky));
    quote! {{
        let all = #all;
        usize::max(all.start, band.start)..usize::min(all.end, band.end)
    }}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::axis::Axis;

    /// A convolution of step 1 without padding, between so many channels of square images.
    fn convolution(channels: usize, side: usize, window: usize) -> Geometry {
        let axis = Axis {
            input: side,
            output: side + 1 - window,
            window,
            stride: 1,
            dilation: 1,
            before: 0,
        };
        Geometry {
            channels_in: channels,
            channels_out: channels,
            groups: 1,
            y: axis,
            x: axis,
            bias: false,
        }
    }

    #[test]
    fn bands_cover_all_rows_and_have_enough_positions() {
        for side in 3..80 {
            for window in [1, 3] {
                let geometry = convolution(16, side, window);
                // A tile of two by two loads as much as it computes, and so waits for the second cache.
                let bands = Bands::new(&geometry, 4, [2, 2]);
                let Bands {
                    rows,
                    count,
                    height,
                } = bands;
                assert_eq!(height, side + 1 - window);
                assert!(
                    (count - 1) * rows < height && height <= count * rows,
                    "{bands:?}"
                );
                let positions = rows * geometry.x.output;
                assert!(
                    count == 1 || positions >= 48,
                    "{bands:?} of {positions} positions"
                );
            }
        }
    }

    #[test]
    fn a_tile_that_computes_more_than_it_loads_has_one_band() {
        let large = convolution(16, 66, 3);
        assert_eq!(Bands::new(&large, 24, [4, 2]).count, 1);
        assert!(Bands::new(&large, 4, [2, 2]).count > 1);
    }
}
