//! Convolutions of three columns by Winograd's algorithm, which takes fewer products for as many sums.
//!
//! Pixels and taps are taken to six points (`cnn-runtime/src/winograd.rs`), and at each point a convolution is a
//! product of matrices, summed over channels. Two ways, of which the cost model chooses:
//!
//! - F(4, 3) along the rows: a tile of four neighbouring columns takes six products for a row of taps and a
//!   channel, where twelve are made otherwise. Rows stay as they are. One sample of five columns likewise by
//!   F(2, 5): two columns of six products, in place of ten.
//! - F(4×4, 3×3) in both dimensions, for blocks: a tile of four rows and columns takes 36 products for a channel,
//!   where 144 are made otherwise, and 72 along the rows. Each of them is stored and read once.

mod pass;
mod points;
mod products;
mod row_weights;
mod rows;
mod single;
mod square_weights;
mod squares;
#[cfg(test)]
mod tests;

use super::geometry::Geometry;
use crate::emit::axis::Axis;
use crate::kernel::{Kernel, Scratch};
use crate::layout::{Layout, Mode, padded, registers};
use pass::Direction;

pub(super) use pass::{forward, input_gradient};
pub(super) use single::{forward as single, packing};

/// As in the runtime: what a tile gives, how many taps there are, and at how many points it is computed.
const RESULTS: usize = 4;
const TAPS: usize = 3;
const POINTS: usize = RESULTS + TAPS - 1;
/// The points of both dimensions.
const SQUARE: usize = POINTS * POINTS;
/// Five columns of one sample are computed at the same points, F(2, 5).
const MANY_TAPS: usize = 5;

/// Operations to take pixels to the points and results back, for each tile of a channel: 12 of arithmetic
/// each, and the loads and stores, of which about two go beside an operation (counted, not measured).
const TO_POINTS: u64 = 20;
const TO_RESULTS: u64 = 24;
/// Operations to take a tap of each row and pair of channels to the points, which a block does anew: it is
/// gathered scalar by scalar.
const OF_TAPS: u64 = 8;

/// The same in both dimensions: multiply–adds that pass in the time of a tile's way to the 6 × 6 points, and back
/// (measured, AMD EPYC, AVX-512, 2026-12-01), and operations for a pair of channels.
const SQUARE_TO_POINTS: u64 = 210;
const SQUARE_TO_RESULTS: u64 = 130;
const SQUARE_OF_TAPS: u64 = 30;
/// The same to turn the pixels of a channel under a tile at all points.
const SQUARE_TURNED: u64 = 6 * (POINTS * POINTS) as u64;

/// The gradient by the weights, samples in the lanes. Its buffers stand behind those of both passes.
pub(super) fn weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    match has_square_weights(geometry) {
        true => square_weights::weight_gradient(geometry, first),
        false => row_weights::weight_gradient(geometry, first),
    }
}

fn scratch_of_weights(geometry: &Geometry) -> Vec<Scratch> {
    match has_square_weights(geometry) {
        true => square_weights::scratch(geometry).into(),
        false => row_weights::scratch(geometry).into(),
    }
}

/// The convolution from the output's gradient to the input's.
fn turned(geometry: &Geometry) -> Geometry {
    geometry
        .turned()
        .expect("it has no stride, and padding less than the window")
}

/// The buffers of all functions in a mode. Each function is told which of the layer's is the first of them.
pub(super) fn scratch(geometry: &Geometry, mode: Mode) -> Vec<Scratch> {
    match mode {
        Mode::Single => single::scratch(geometry),
        Mode::Batch => pass::scratch(geometry, Direction::Forward).into(),
        Mode::Training => pass::scratch(geometry, Direction::Forward)
            .into_iter()
            .chain(pass::scratch(&turned(geometry), Direction::Back))
            .chain(scratch_of_weights(geometry))
            .collect(),
    }
}

/// Whether a convolution can be computed so in a layout.
fn is_possible(geometry: &Geometry, layout: Layout) -> bool {
    let Geometry { groups, y, x, .. } = *geometry;
    let is_plain = |axis: &Axis| {
        axis.stride == 1
            && axis.dilation == 1
            && axis.window <= x.window
            && axis.before < axis.window
            && axis.output <= axis.input + axis.before
    };
    let has_taps = x.window == TAPS || x.window == MANY_TAPS && layout == Layout::Channels;
    groups == 1 && has_taps && is_plain(&y) && is_plain(&x)
}

/// How many results a tile gives along an axis.
fn results(axis: &Axis) -> usize {
    POINTS + 1 - axis.window
}

/// Whether the results of a tile are whole windows of so many rows and columns.
pub(super) fn holds_windows(geometry: &Geometry, layout: Layout, window: [usize; 2]) -> bool {
    let [height, width] = window;
    let is_square = layout == Layout::Samples && is_square(geometry);
    results(&geometry.x).is_multiple_of(width) && (!is_square || RESULTS.is_multiple_of(height))
}

/// Whether a pass with samples in the lanes is to be computed in both dimensions.
fn is_square(geometry: &Geometry) -> bool {
    square_cost(geometry).is_some_and(|cost| cost < cost_by_rows(geometry, Layout::Samples))
}

/// The same of the gradient by the weights, in which registers are filled with input channels.
fn has_square_weights(geometry: &Geometry) -> bool {
    let lanes = padded(geometry.channels_in);
    let filled = Geometry {
        channels_in: lanes,
        ..*geometry
    };
    let turned = SQUARE_TURNED * (tiles(&geometry.y) * tiles(&geometry.x) * lanes) as u64;
    let by_rows = cost_by_rows(geometry, Layout::Samples);
    square_cost(&filled).is_some_and(|cost| cost + turned < by_rows)
}

/// How many columns of pixels are under so many neighbouring tiles.
fn columns_under(tiles: usize) -> usize {
    tiles * RESULTS + TAPS - 1
}

/// How many elements a plane of so many takes: neighbours at the points are not to drive each other from the first
/// cache, where addresses that differ by a multiple of 4 KiB share eight places.
///
/// A forward pass of 32 channels takes 0.9 of the time with planes apart (AMD EPYC, AVX-512, 2026-12-01).
fn plane(elements: usize) -> usize {
    elements | 1
}

/// How many tiles cover a row.
fn tiles(axis: &Axis) -> usize {
    axis.output.div_ceil(results(axis))
}

/// How many of so many each part has if there are as few as parts of `most` would be, and all are about equal.
fn even(all: usize, most: usize) -> usize {
    all.div_ceil(all.div_ceil(most))
}

/// How many tiles are taken to the points of both dimensions at a time: as many as stay in a cache of the second
/// level, but at most so many.
fn tiles_near(geometry: &Geometry, most: usize) -> usize {
    /// Registers of the widest level that are to be kept near. Of more than the second cache has some are read
    /// from behind it, which costs less than to have narrow tiles of registers.
    const NEAR: usize = 14 * 1024;
    let of_tile = SQUARE * (geometry.channels_in + geometry.channels_out);
    (NEAR / of_tile).clamp(1, most)
}

/// Operations on registers, multiply–adds and what the points cost; nothing where `direct` ones are fewer, or
/// the convolution cannot be computed so.
pub(super) fn cost(geometry: &Geometry, layout: Layout, direct: u64) -> Option<u64> {
    if !is_possible(geometry, layout) {
        return None;
    }
    let by_rows = cost_by_rows(geometry, layout);
    let cost = match layout {
        Layout::Samples => square_cost(geometry).map_or(by_rows, |cost| cost.min(by_rows)),
        Layout::Channels | Layout::Columns => by_rows,
    };
    (cost < direct).then_some(cost)
}

fn cost_by_rows(geometry: &Geometry, layout: Layout) -> u64 {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let channels = |count: usize| match layout {
        Layout::Samples => count as u64,
        Layout::Channels | Layout::Columns => registers(count),
    };
    let tiles = (y.output * tiles(&x)) as u64;
    let products = (POINTS * y.window * channels_in) as u64 * channels(channels_out);
    let points = TO_POINTS * channels(channels_in) + TO_RESULTS * channels(channels_out);
    let taps = match layout {
        Layout::Samples => OF_TAPS * (channels_in * channels_out * y.window) as u64,
        Layout::Channels | Layout::Columns => 0,
    };
    tiles * (products + points) + taps
}

/// The same in both dimensions, of windows of three rows with samples in the lanes.
fn square_cost(geometry: &Geometry) -> Option<u64> {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    if [y.window, x.window] != [TAPS; 2] {
        return None;
    }
    let tiles = (tiles(&y) * tiles(&x)) as u64;
    let pairs = (channels_in * channels_out) as u64;
    let products = (POINTS * POINTS) as u64 * pairs;
    let points = SQUARE_TO_POINTS * channels_in as u64 + SQUARE_TO_RESULTS * channels_out as u64;
    Some(tiles * (products + points) + SQUARE_OF_TAPS * pairs)
}
