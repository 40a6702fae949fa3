//! `depthwise_conv`: every channel convolved with kernels of its own.
//!
//! # Formula
//!
//! `output[c·m + j][y][x] = bias[c·m + j] + Σ weight[c·m + j][0][ky][kx] · input[c][y·s + ky·d − p][x·s + kx·d − p]`,
//! summed over `ky`, `kx`, for `j` below the multiplier `m`, with the stride `s`, the dilation `d` and the
//! padding `p`: a [`conv`] with as many groups as input channels.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `C·multiplier x H′ x W′` |
//! | signal `C x L` | `C·multiplier x L′` |
//!
//! `H′`, `W′` and `L′` are those of a [`conv`].
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C·multiplier][1][kh][kw]` of an image, `[C·multiplier][1][k]` of a signal | as the activation behind it wants, see [`Initialization`](crate::init::Initialization); `fan_in` is `kh · kw` |
//! | `bias` | `[C·multiplier]`, unless `bias = false` | 0 |
//!
//! # Gradient
//!
//! That of a [`conv`] with `C` groups:
//!
//! - `d_input[c][y′][x′] = Σ weight[c·m + j][0][ky][kx] · d_output[c·m + j][y][x]`, over all `j`, `ky`, `kx` and
//!   positions with `y′ = y·s + ky·d − p` and `x′ = x·s + kx·d − p`
//! - `d_weight[c·m + j][0][ky][kx] += Σ d_output[c·m + j][y][x] · input[c][y·s + ky·d − p][x·s + kx·d − p]`
//! - `d_bias[c·m + j] += Σ d_output[c·m + j][y][x]`
//!
//! # Source
//!
//! L. Sifre, *Rigid-Motion Scattering for Image Classification*, 2014; A. Howard et al., *MobileNets*, 2017,
//! section 3.1. PyTorch: `Conv2d(C, C * m, k, groups=C)`. Keras: `DepthwiseConv2D`, `DepthwiseConv1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Separable: 3x8x8
//!         -> depthwise_conv<3x3>(padding = same) -> relu6
//!         -> conv<1x1>(16) -> 16x8x8
//!     Doubled: 4x100 -> wide: depthwise_conv<5>(multiplier = 2) -> 8x96
//! }
//!
//! // 9 weights and a bias for each of three channels, then 3 and one for each of sixteen.
//! assert_eq!(<Separable>::SPEC.parameter_count, 3 * 10 + 16 * 4);
//! let net = Doubled::new(1);
//! let kernels: &[[[f32; 5]; 1]; 8] = net.wide().weight();
//! assert_eq!(kernels.len(), 8);
//! ```

use super::convolution::{Convolution, options};
use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Change, Fault, Follows, Layer, Lint, Parameter, Properties};
use crate::kernel::{Kernel, Packing, Scratch, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "depthwise_conv",
    doc: "convolution of each channel of an image or a signal with kernels of its own",
    other_names: &["depthwise_conv2d", "depthwise", "dw_conv", "dwconv"],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[
        OptionSpec {
            name: "multiplier",
            other_names: &["depth_multiplier", "channel_multiplier"],
            takes: Takes::Count,
            presence: Presence::Default(Setting::Count(1)),
            doc: "number of output channels for each input channel",
        },
        options::STRIDE,
        options::PADDING,
        options::PADDING_MODE,
        options::DILATION,
        options::BIAS,
    ],
    build,
};

/// A depthwise convolution with its options.
#[derive(Debug)]
pub(crate) struct DepthwiseConv {
    pub(crate) convolution: Convolution,
    pub(crate) multiplier: usize,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(DepthwiseConv {
        convolution: Convolution::read(settings)?,
        multiplier: settings.count("multiplier"),
    }))
}

impl DepthwiseConv {
    fn channels(&self, input: Shape) -> usize {
        input.sizes()[0].saturating_mul(self.multiplier)
    }
}

/// Every input channel is a group.
fn groups(site: &Site<'_>) -> usize {
    site.inputs[0].sizes()[0]
}

impl Layer for DepthwiseConv {
    fn properties(&self) -> Properties {
        let without = Change::Option("bias", "false".to_owned());
        Properties {
            without_constant: self.convolution.bias.then_some(without),
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.convolution.output(inputs[0], self.channels(inputs[0]))
    }

    fn fit(&self, input: Option<Shape>, wanted: Shape) -> Option<Change> {
        let (input, wanted_channels) = (input?, wanted.sizes()[0]);
        let channels = input.sizes()[0];
        let fits = self.convolution.output(input, wanted_channels).ok()? == wanted
            && wanted_channels.is_multiple_of(channels);
        fits.then(|| Change::Option("multiplier", (wanted_channels / channels).to_string()))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        self.convolution.parameters([self.channels(inputs[0]), 1])
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        let output = self.output(inputs);
        output.map_or(0, |output| self.convolution.macs(output, 1, 1))
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
        let channels = inputs[0].sizes()[0];
        let ends = [inputs[0], output];
        self.convolution.keeps_largest(ends, channels, window, mode)
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let channels = inputs[0].sizes()[0];
        self.convolution.forms([inputs[0], output], channels, mode)
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.convolution.scratch(site, groups(site))
    }

    fn prepare(&self, site: &Site<'_>) -> Vec<Kernel> {
        self.convolution.prepare(site)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        self.convolution.forward(site, groups(site))
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        self.convolution.backward(site, groups(site))
    }

    fn takes_affine(&self) -> bool {
        true
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(self.convolution.packing(site, groups(site)))
    }
}
