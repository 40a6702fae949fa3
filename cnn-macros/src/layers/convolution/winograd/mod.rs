//! Convolutions of three columns by Winograd's F(4, 3) along the rows: a tile of four neighbouring columns
//! takes six products for a row of taps and a channel, where twelve are made otherwise. One sample of five
//! columns likewise by F(2, 5): two columns of six products, in place of ten.
//!
//! Pixels and taps are taken to the six points (`cnn-runtime/src/winograd.rs`), and at each point a
//! convolution is a product of matrices, summed over channels and rows of taps. Rows stay as they are: with
//! F(4×4, 3×3) there were half as many products again, but every one of them would be stored and read
//! once for a third as many sums.

mod points;
mod rows;
mod single;
#[cfg(test)]
mod tests;
mod weights;

use super::geometry::Geometry;
use crate::emit::axis::Axis;
use crate::kernel::Scratch;
use crate::layout::{Layout, Mode, registers};

pub(super) use rows::{forward, input_gradient};
pub(super) use single::{forward as single, packing};
pub(super) use weights::weight_gradient;

/// As in the runtime: what a tile gives, how many taps there are, and at how many points it is computed.
const RESULTS: usize = 4;
const TAPS: usize = 3;
const POINTS: usize = RESULTS + TAPS - 1;
/// Five columns of one sample are computed at the same points, F(2, 5).
const MANY_TAPS: usize = 5;

/// Operations to take pixels to the points and results back, for each tile of a channel: 12 of arithmetic
/// each, and the loads and stores, of which about two go beside an operation (counted, not measured).
const TO_POINTS: u64 = 20;
const TO_RESULTS: u64 = 24;
/// Operations to take a tap of each row and pair of channels to the points, which a block does anew: it is
/// gathered scalar by scalar.
const OF_TAPS: u64 = 8;

/// The buffers of all functions in a mode. Each function is told which of the layer's is the first of them.
pub(super) fn scratch(geometry: &Geometry, mode: Mode) -> Vec<Scratch> {
    match mode {
        Mode::Single => single::scratch(geometry),
        Mode::Batch => rows::scratch(geometry).into(),
        Mode::Training => rows::scratch(geometry)
            .into_iter()
            .chain(rows::scratch(&rows::turned(geometry)))
            .chain(weights::scratch(geometry))
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

/// Whether the results of a tile are whole windows of so many columns.
pub(super) fn holds_windows(geometry: &Geometry, columns: usize) -> bool {
    results(&geometry.x).is_multiple_of(columns)
}

/// How many tiles cover a row.
fn tiles(axis: &Axis) -> usize {
    axis.output.div_ceil(results(axis))
}

/// Operations on registers, multiply–adds and what the points cost; nothing where `direct` ones are fewer, or
/// the convolution cannot be computed so.
pub(super) fn cost(geometry: &Geometry, layout: Layout, direct: u64) -> Option<u64> {
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
    if !is_possible(geometry, layout) {
        return None;
    }
    let tiles = (y.output * tiles(&x)) as u64;
    let products = (POINTS * y.window * channels_in) as u64 * channels(channels_out);
    let points = TO_POINTS * channels(channels_in) + TO_RESULTS * channels(channels_out);
    let taps = match layout {
        Layout::Samples => OF_TAPS * (channels_in * channels_out * y.window) as u64,
        Layout::Channels | Layout::Columns => 0,
    };
    let cost = tiles * (products + points) + taps;
    (cost < direct).then_some(cost)
}
