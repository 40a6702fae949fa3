//! What the ways of Winograd's algorithm cost, and which of them is taken.

use super::{POINTS, SQUARE, TAPS, is_possible, single, square_weights, squares, tiles};
use crate::layers::convolution::geometry::Geometry;
use crate::layout::{Layout, padded, registers};

/// What a way costs beside its products, in operations on registers: multiply–adds that take as long.
struct Costs {
    /// To take the pixels of a channel under a tile to the points.
    to_points: u64,
    /// To take the products of a tile and channel to the results.
    to_results: u64,
    /// For each pair of channels, whatever the size of the image.
    of_pair: u64,
}

/// F(4, 3) along the rows: 12 operations of arithmetic each, and the loads and stores, of which about two go beside an
/// operation (counted, not measured).
const ROWS: Costs = Costs {
    to_points: 20,
    to_results: 24,
    of_pair: 0,
};
/// To take a tap of each row and pair of channels to the points, which a block does anew: it is gathered scalar by
/// scalar.
const OF_TAPS: u64 = 8;

/// F(4×4, 3×3) of a block, whose taps are turned by registers (measured, AMD EPYC, AVX-512, 2026-12-01).
const SQUARES: Costs = Costs {
    to_points: 210,
    to_results: 130,
    of_pair: 30,
};
/// The same of one sample, where tiles are fewer and each reads all weights at the points (fitted to the times of 39
/// layers, Zen 3, AVX2, 2026-12-01; not measured with AVX-512).
const SQUARES_OF_ONE: Costs = Costs {
    to_points: 360,
    to_results: 280,
    of_pair: 50,
};
/// Operations to turn the pixels of a channel under a tile at all points.
const TURNED: u64 = 6 * SQUARE as u64;

impl Costs {
    /// Of so many tiles, and as many products at each for each pair of channels.
    fn of(&self, [tiles, products]: [usize; 2], [from, to]: [u64; 2], pairs: u64) -> u64 {
        let of_tile = products as u64 * pairs + self.to_points * from + self.to_results * to;
        tiles as u64 * of_tile + self.of_pair * pairs
    }
}

/// Operations on registers, multiply–adds and what the points cost; nothing where `direct` ones are fewer, or
/// the convolution cannot be computed so.
pub(in super::super) fn cost(geometry: &Geometry, layout: Layout, direct: u64) -> Option<u64> {
    if !is_possible(geometry, layout) {
        return None;
    }
    let by_rows = by_rows(geometry, layout);
    let by_squares = by_squares(geometry, layout).unwrap_or(by_rows);
    let cost = by_rows.min(by_squares);
    (cost < direct).then_some(cost)
}

/// Whether a pass is to be computed in both dimensions.
pub(super) fn is_square(geometry: &Geometry, layout: Layout) -> bool {
    by_squares(geometry, layout).is_some_and(|cost| cost < by_rows(geometry, layout))
}

/// The same of the gradient by the weights, in which registers are filled with input channels.
pub(super) fn has_square_weights(geometry: &Geometry) -> bool {
    if !has_square_window(geometry) {
        return false;
    }
    let [from, to] = [padded(geometry.channels_in), geometry.channels_out].map(|c| c as u64);
    let tiles = square_weights::tiles_computed(geometry);
    let cost = SQUARES.of([tiles, SQUARE], [from, to], from * to) + TURNED * tiles as u64 * from;
    cost < by_rows(geometry, Layout::Samples)
}

/// What F(4, 3) costs along the rows.
fn by_rows(geometry: &Geometry, layout: Layout) -> u64 {
    let Geometry { y, x, .. } = geometry;
    let of_taps = match layout {
        Layout::Samples => OF_TAPS * y.window as u64,
        Layout::Channels | Layout::Columns => 0,
    };
    let costs = Costs {
        of_pair: of_taps,
        ..ROWS
    };
    let products = POINTS * y.window;
    let (channels, pairs) = channels(geometry, layout);
    costs.of([y.output * tiles(x), products], channels, pairs)
}

/// What F(4×4, 3×3) costs, of windows of three rows.
fn by_squares(geometry: &Geometry, layout: Layout) -> Option<u64> {
    let (costs, tiles) = match layout {
        Layout::Samples => (SQUARES, squares::tiles_computed(geometry)),
        Layout::Channels => (SQUARES_OF_ONE, single::squares::tiles_computed(geometry)),
        Layout::Columns => return None,
    };
    let (channels, pairs) = channels(geometry, layout);
    has_square_window(geometry).then(|| costs.of([tiles, SQUARE], channels, pairs))
}

fn has_square_window(geometry: &Geometry) -> bool {
    [geometry.y.window, geometry.x.window] == [TAPS; 2]
}

/// How many registers the channels of a pixel and of a result fill, and how many multiply–adds join them.
fn channels(geometry: &Geometry, layout: Layout) -> ([u64; 2], u64) {
    let ends = [geometry.channels_in, geometry.channels_out];
    let [from, to] = match layout {
        Layout::Samples => ends.map(|count| count as u64),
        Layout::Channels | Layout::Columns => ends.map(registers),
    };
    ([from, to], ends[0] as u64 * to)
}
