//! The forward pass of one sample, channels in the lanes: a product of matrices at each point, over tiles.

mod products;
mod rows;
pub(super) mod squares;

use proc_macro2::TokenStream;
use quote::quote;

use super::cost::is_square;
use crate::kernel::{Kernel, Packing, Scratch, Site, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::largest;
use crate::layers::folding::Folding;
use crate::layout::Layout;

/// What is kept at the points.
pub(super) fn scratch(geometry: &Geometry) -> Vec<Scratch> {
    match is_square(geometry, Layout::Channels) {
        true => squares::scratch(geometry),
        false => rows::scratch(geometry),
    }
}

/// The weights at the points, output channels in the lanes and padded.
pub(crate) fn packing(geometry: &Geometry, folding: Folding) -> Packing {
    match is_square(geometry, Layout::Channels) {
        true => squares::packing(geometry, folding),
        false => rows::packing(geometry, folding),
    }
}

/// `output[o][y][x] = activation(bias[o] + Σ weight[o][i][ky][kx] · input[i][y+ky][x+kx])`, or the largest of it.
pub(crate) fn forward(geometry: &Geometry, site: &Site<'_>, first: usize) -> Kernel {
    let is_square = is_square(geometry, Layout::Channels);
    let (note, items, body) = match is_square {
        true => (
            squares::NOTE.to_owned(),
            squares::items(geometry),
            squares::body(geometry, site),
        ),
        false => (
            rows::note(geometry),
            rows::items(geometry, site),
            rows::body(geometry, site),
        ),
    };
    let mut doc = match site.largest {
        Some(window) => largest::doc(geometry, site, window),
        None => vec![format!("`output[o][y][x] = {}`", geometry.activated(site))],
    };
    doc.push(format!(
        "One sample, channels last and in the lanes: `input[y][x][i]`, `output[y][x][o]`. {note}"
    ));
    let bias = geometry.bias.then_some(Tensor::Packed(1).read());
    let buffers = (first..first + scratch(geometry).len()).map(|k| Tensor::Scratch(k).write());
    Kernel {
        purpose: "single",
        doc,
        arguments: [Tensor::Input(0).read(), Tensor::Packed(0).read()]
            .into_iter()
            .chain(bias)
            .chain(buffers)
            .chain([Tensor::Output.write()])
            .collect(),
        items,
        body,
    }
}

/// A result with the bias of its channels, which is called `bias`.
fn with_bias(geometry: &Geometry, sum: TokenStream, bias: &TokenStream) -> TokenStream {
    match geometry.bias {
        true => quote!(#sum.add(load_at(simd, #bias, first))),
        false => sum,
    }
}

/// The rows and columns of results of which one is kept.
fn window(site: &Site<'_>) -> [usize; 2] {
    site.largest.unwrap_or([1, 1])
}

/// Rows and columns of what is kept.
fn kept(site: &Site<'_>) -> [usize; 2] {
    let [_, height, width] = site.kept.image().expect("a convolution gives an image");
    [height, width]
}
