//! Convolutions of three columns by Winograd's algorithm, which takes fewer products for as many sums.
//!
//! Pixels and taps are taken to six points by their transforms (`cnn-runtime/src/winograd.rs`), and at each point a
//! convolution is a product of matrices, summed over channels, from which the inverse transform gives the results. Two
//! ways, of which the cost model chooses:
//!
//! - F(4, 3) along the rows: a tile of four neighbouring columns takes six products for a row of taps and a
//!   channel, where twelve are made otherwise. Rows stay as they are. One sample of five columns likewise by
//!   F(2, 5): two columns of six products, in place of ten.
//! - F(4×4, 3×3) in both dimensions: a tile of four rows and columns takes 36 products for a channel, where 144 are
//!   made otherwise, and 72 along the rows. Each of them is stored and read once.

mod cost;
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

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use crate::emit::axis::Axis;
use crate::kernel::{Kernel, Scratch};
use crate::layout::{Layout, Mode};
use cost::{has_square_weights, is_square};
use pass::Direction;

pub(super) use cost::cost;
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
    let is_square = is_square(geometry, layout);
    results(&geometry.x).is_multiple_of(width) && (!is_square || RESULTS.is_multiple_of(height))
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

/// How many tiles of so many registers at each point, of the widest level, stay in a cache of the second level.
fn tiles_near(registers: usize) -> usize {
    /// Registers that are to be kept near. Of more than the second cache has some are read from behind it, which costs
    /// less than to have narrow tiles of registers.
    const NEAR: usize = 14 * 1024;
    NEAR / (SQUARE * registers)
}

/// How many of the `most` that part `index` has belong to the image, which has `all` in so many parts.
fn in_image(most: usize, all: usize, parts: usize, index: &TokenStream) -> TokenStream {
    match all == parts * most {
        true => quote!(#most),
        false => quote!(usize::min(#most, #all - #index * #most)),
    }
}
