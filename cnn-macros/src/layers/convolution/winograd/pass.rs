//! The forward pass and the gradient by the input, samples in the lanes, whichever way they are computed: the same
//! loops over an image, from the input's channels to the output's or back.

use proc_macro2::TokenStream;
use quote::quote;

use super::cost::is_square;
use super::{rows, squares, turned};
use crate::emit::largest::keeps_positions;
use crate::kernel::{Kernel, Scratch, Site, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::input_gradient::relations;
use crate::layers::convolution::largest::doc;
use crate::layout::Layout;

/// How many buffers a pass has: the pixels, the taps and the products at the points.
pub(super) const BUFFERS: usize = 3;

/// A pass over an image.
pub(super) struct Pass<'a> {
    /// From what is read to what is written.
    pub(super) geometry: Geometry,
    pub(super) direction: Direction,
    pub(super) fate: Fate<'a>,
}

/// From which side of the weights a pass comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    /// From their output channels to their input channels, with all taps in reverse.
    Back,
}

/// What becomes of the results.
pub(super) enum Fate<'a> {
    /// All are stored, as this expression of a `sum`.
    Stored(TokenStream),
    /// The largest of windows of so many rows and columns are kept.
    Kept(&'a Site<'a>, [usize; 2]),
}

impl Fate<'_> {
    pub(super) fn keeps_positions(&self) -> bool {
        matches!(self, Self::Kept(site, _) if keeps_positions(site))
    }

    /// Rows and columns of the windows, or of a single result.
    pub(super) fn window(&self) -> [usize; 2] {
        match self {
            Self::Stored(_) => [1; 2],
            Self::Kept(_, window) => *window,
        }
    }
}

/// `output[o][y][x] = activation(bias[o] + Σ weight[o][i][ky][kx] · input[i][y+ky][x+kx])`, or the largest of it.
pub(crate) fn forward(geometry: &Geometry, site: &Site<'_>, first: usize) -> Kernel {
    let (fate, doc) = match site.largest {
        Some(window) => (Fate::Kept(site, window), doc(geometry, site, window)),
        None => (
            Fate::Stored(site.activate(quote!(sum))),
            vec![format!("`output[o][y][x] = {}`", geometry.activated(site))],
        ),
    };
    let pass = Pass {
        geometry: *geometry,
        direction: Direction::Forward,
        fate,
    };
    pass.kernel("forward", doc, first)
}

/// `d_input[i][v][u] = Σ weight[o][i][ky][kx] · d_output[o][v-ky][u-kx]`: the same pass from the output's
/// gradient to the input's, with all taps in reverse. Its buffers stand behind those of [`forward`].
pub(crate) fn input_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let doc = vec![
        "`d_input[i][v][u] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`".to_owned(),
        format!(
            "over every position and tap with {}: a convolution of the output's gradient, which is the \
             input here, with all taps in reverse.",
            relations(geometry)
        ),
    ];
    let pass = Pass {
        geometry: turned(geometry),
        direction: Direction::Back,
        fate: Fate::Stored(quote!(sum)),
    };
    let kernel = pass.kernel("input_gradient", doc, first + BUFFERS);
    kernel.on(&[
        [
            (Tensor::Input(0), "input"),
            (Tensor::OutputGradient, "d_output"),
        ],
        [
            (Tensor::Output, "output"),
            (Tensor::InputGradient(0), "d_input"),
        ],
    ])
}

/// What a pass in a direction keeps at the points.
pub(super) fn scratch(geometry: &Geometry, direction: Direction) -> [Scratch; BUFFERS] {
    match is_square(geometry, Layout::Samples) {
        true => squares::scratch(geometry, direction),
        false => rows::scratch(geometry),
    }
}

impl Pass<'_> {
    fn kernel(&self, purpose: &'static str, mut doc: Vec<String>, first: usize) -> Kernel {
        let (note, items, body) = match is_square(&self.geometry, Layout::Samples) {
            true => (squares::NOTE, squares::items(self), squares::body(self)),
            false => (rows::NOTE, rows::items(self), rows::body(self)),
        };
        doc.push(note.to_owned());
        let bias = self.geometry.bias.then_some(Tensor::Parameter(1).read());
        let buffers = (first..first + BUFFERS).map(|k| Tensor::Scratch(k).write());
        let chosen = self.fate.keeps_positions();
        Kernel {
            purpose,
            doc,
            arguments: [Tensor::Input(0).read(), Tensor::Parameter(0).read()]
                .into_iter()
                .chain(bias)
                .chain(buffers)
                .chain([Tensor::Output.write()])
                .chain(chosen.then_some(Tensor::Chosen.write()))
                .collect(),
            items,
            body,
        }
    }

    /// Rows and columns of what is written.
    pub(super) fn sizes(&self) -> [usize; 2] {
        let ([height, width], Geometry { y, x, .. }) = (self.fate.window(), self.geometry);
        [y.output / height, x.output / width]
    }

    /// How many rows of results are needed.
    pub(super) fn rows(&self) -> usize {
        let [height, _] = self.fate.window();
        self.geometry.y.output / height * height
    }

    /// A result, the sum of its products, with the bias.
    pub(super) fn with_bias(&self, result: &TokenStream) -> TokenStream {
        match self.geometry.bias {
            true => quote!(#result.add(splat(simd, bias[o]))),
            false => result.clone(),
        }
    }
}
