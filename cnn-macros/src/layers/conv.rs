//! `conv`: convolution of an image or a signal.
//!
//! # Formula
//!
//! `output[o][y][x] = bias[o] + Σ weight[o][i][ky][kx] · input[i][y·s + ky·d − p][x·s + kx·d − p]`, summed
//! over `i`, `ky`, `kx`, with the stride `s`, the dilation `d` and the padding `p`. The kernel is not turned
//! around (a cross-correlation). What lies outside of the input is 0, or what `padding_mode` says. With
//! `groups = g`, an output channel sees the `C / g` input channels of its own group only.
//!
//! Windows of three columns and at most three rows are computed by Winograd's F(4, 3), those of 3 × 3 also by
//! F(4×4, 3×3), if `s`, `d` and `g` are 1, padding is less than the window, and there are channels enough to gain from
//! it. Beside the largest of four neighbouring results, or of 4 × 4, rounding errors of `f32` are one to four times
//! those of the plain sum, and they follow the largest pixels under these results: what a plain sum gives as exactly
//! zero may not be, NaN and infinity reach all of them, and numbers from about 1e37 on may overflow.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `channels x H′ x W′` |
//! | signal `C x L` | `channels x L′` |
//!
//! `H′ = ⌊(H + top + bottom − d·(k − 1) − 1) / s⌋ + 1`, and `W′`, `L′` likewise, with the kernel's size `k` in
//! that direction. `padding = same` is for stride 1: `d·(k − 1)` rows, of which the smaller half stands before.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[channels][C / groups][kh][kw]` of an image, `[channels][C / groups][k]` of a signal | as the activation behind it wants, see [`Initialization`](crate::init::Initialization); `fan_in` is `C / groups · kh · kw` |
//! | `bias` | `[channels]`, unless `bias = false` | 0 |
//!
//! # Gradient
//!
//! - `d_input[i][y′][x′] = Σ weight[o][i][ky][kx] · d_output[o][y][x]`, over all `o`, `ky`, `kx` and positions
//!   with `y′ = y·s + ky·d − p` and `x′ = x·s + kx·d − p`
//! - `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y·s + ky·d − p][x·s + kx·d − p]`, over all
//!   positions and samples
//! - `d_bias[o] += Σ d_output[o][y][x]`
//!
//! With a `padding_mode` other than `zeros`, an element receives the gradients of all its copies.
//!
//! # Source
//!
//! Y. LeCun et al., *Gradient-Based Learning Applied to Document Recognition*, 1998, section II; sizes: V.
//! Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016, chapter 2; dilation: F. Yu,
//! V. Koltun, *Multi-Scale Context Aggregation by Dilated Convolutions*, 2016; F(4, 3): A. Lavin, S. Gray, *Fast
//! Algorithms for Convolutional Neural Networks*, 2016. PyTorch: `Conv2d`, `Conv1d`.
//! Keras: `Conv2D`, `Conv1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Edges: 1x3x3 -> edge: conv<2x2>(1) -> 1x2x2
//!     Halved: 3x32x32 -> conv<3x3>(16, stride = 2, padding = 1) -> 16x16x16
//!     Sound: 1x1001 -> conv<9>(8, stride = 4, dilation = 2) -> 8x247
//! }
//!
//! let mut net = Edges::zeroed();
//! net.edge_mut().weight()[0][0] = [[1.0, 2.0], [3.0, 4.0]];
//! net.edge_mut().bias()[0] = 0.5;
//! // 1·1 + 2·2 + 3·4 + 4·5 + ½, and so on
//! let output = net.predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
//! assert_eq!(output, [37.5, 47.5, 67.5, 77.5]);
//! ```

use super::convolution::groups::{check_inputs, check_outputs};
use super::convolution::{Convolution, options};
use super::options::{Kind, Rank, Settings};
use super::{Change, Fault, Follows, Layer, Lint, Parameter, Properties};
use crate::kernel::{Kernel, Packing, Scratch, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "conv",
    doc: "convolution of an image or a signal with one kernel per output channel",
    other_names: &["conv2d", "convolution", "convolution2d"],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[
        options::CHANNELS,
        options::STRIDE,
        options::PADDING,
        options::PADDING_MODE,
        options::DILATION,
        options::GROUPS,
        options::BIAS,
    ],
    build,
};

/// A convolution with its options.
#[derive(Debug)]
pub(crate) struct Conv {
    pub(crate) convolution: Convolution,
    pub(crate) channels: usize,
    pub(crate) groups: usize,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let (channels, groups) = (settings.count("channels"), settings.count("groups"));
    check_outputs(groups, channels)?;
    Ok(Box::new(Conv {
        convolution: Convolution::read(settings)?,
        channels,
        groups,
    }))
}

impl Layer for Conv {
    fn properties(&self) -> Properties {
        let without = Change::Option("bias", "false".to_owned());
        Properties {
            without_constant: self.convolution.bias.then_some(without),
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        check_inputs(self.groups, inputs[0].sizes()[0], self.channels)?;
        self.convolution.output(inputs[0], self.channels)
    }

    fn fit(&self, input: Option<Shape>, wanted: Shape) -> Option<Change> {
        let [channels, ..] = wanted.image()?;
        let fits = self.convolution.output(input?, channels).ok()? == wanted
            && channels.is_multiple_of(self.groups);
        fits.then(|| Change::Option("channels", channels.to_string()))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let inputs = inputs[0].sizes()[0] / self.groups;
        self.convolution.parameters([self.channels, inputs])
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        let macs = |output| {
            let inputs = inputs[0].sizes()[0];
            self.convolution.macs(output, inputs, self.groups)
        };
        self.output(inputs).map_or(0, macs)
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.convolution.lints(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn keeps_largest(
        &self,
        inputs: &[Shape],
        output: Shape,
        window: [usize; 2],
        mode: Mode,
    ) -> bool {
        let ends = [inputs[0], output];
        self.convolution
            .keeps_largest(ends, self.groups, window, mode)
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let ends = [inputs[0], output];
        self.convolution.forms(ends, self.groups, mode)
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.convolution.scratch(site, self.groups)
    }

    fn prepare(&self, site: &Site<'_>) -> Vec<Kernel> {
        self.convolution.prepare(site)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        self.convolution.forward(site, self.groups)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        self.convolution.backward(site, self.groups)
    }

    fn takes_affine(&self) -> bool {
        true
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(self.convolution.packing(site, self.groups))
    }
}
