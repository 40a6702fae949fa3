//! `transposed_conv`: the convolution that leads the other way, for images and signals that grow.
//!
//! # Formula
//!
//! `output[o][v][u] = bias[o] + Σ weight[i][o][ky][kx] · input[i][y][x]`, summed over `i` and all taps and
//! positions with `v = y·s + ky·d − p` and `u = x·s + kx·d − p`, with the stride `s`, the dilation `d` and the
//! padding `p`. Each element puts its multiple of the kernel into the output; where two meet, they add up.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | `channels x H′ x W′` |
//! | signal `C x L` | `channels x L′` |
//!
//! `H′ = (H − 1)·s + d·(k − 1) + 1 + output_padding − 2·padding`, and `W′`, `L′` likewise. Padding makes the
//! output *smaller*: it is that of the convolution which leads back.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C][channels / groups][kh][kw]` of an image, `[C][channels / groups][k]` of a signal | as the activation behind it wants, see [`Initialization`](crate::init::Initialization); `fan_in` is, as PyTorch counts it, `channels / groups · kh · kw` |
//! | `bias` | `[channels]`, unless `bias = false` | 0 |
//!
//! # Gradient
//!
//! - `d_input[i][y][x] = Σ weight[i][o][ky][kx] · d_output[o][y·s + ky·d − p][x·s + kx·d − p]`, over `o`, `ky`,
//!   `kx`: a convolution
//! - `d_weight[i][o][ky][kx] += Σ input[i][y][x] · d_output[o][y·s + ky·d − p][x·s + kx·d − p]`, over all
//!   positions and samples
//! - `d_bias[o] += Σ d_output[o][v][u]`
//!
//! # Source
//!
//! M. Zeiler et al., *Deconvolutional Networks*, 2010; V. Dumoulin, F. Visin, *A guide to convolution arithmetic
//! for deep learning*, 2016, chapter 4. PyTorch: `ConvTranspose2d`, `ConvTranspose1d`. Keras:
//! `Conv2DTranspose`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Spread: 1x1x2 -> spread: transposed_conv<2x2>(1) -> 1x2x3
//!     Doubled: 64x7x7
//!         -> transposed_conv<3x3>(32, stride = 2, padding = 1, output_padding = 1) -> 32x14x14
//! }
//!
//! let mut net = Spread::zeroed();
//! net.spread_mut().weight()[0][0] = [[1.0, 2.0], [3.0, 4.0]];
//! // Once the kernel, and ten times the kernel one column further.
//! assert_eq!(net.predict(&[1.0, 10.0]), [1.0, 12.0, 20.0, 3.0, 34.0, 40.0]);
//! ```

use super::convolution::groups::{check_inputs, check_outputs};
use super::convolution::options;
use super::convolution::transposed::Transposed;
use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::sliding::{extent, short};
use super::{At, Change, Fault, Follows, Layer, Parameter, Properties};
use crate::kernel::{Kernel, Packing, Scratch, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "transposed_conv",
    doc: "every pixel of an image, or position of a signal, times a kernel per output channel, added up where they overlap",
    other_names: &[
        "conv_transpose",
        "conv_transpose2d",
        "conv2d_transpose",
        "convtranspose2d",
        "transpose_conv",
        "deconv",
        "deconvolution",
    ],
    has_window: true,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: &[
        options::CHANNELS,
        OptionSpec {
            doc: "steps of the kernel in the output",
            ..options::STRIDE
        },
        OptionSpec {
            name: "padding",
            other_names: &["pad", "cropping"],
            takes: Takes::Margins,
            presence: Presence::Default(Setting::Sides([0, 0])),
            doc: "rows and columns cut off at each side of the output",
        },
        OptionSpec {
            name: "output_padding",
            other_names: &["out_padding", "output_pad"],
            takes: Takes::Margins,
            presence: Presence::Default(Setting::Sides([0, 0])),
            doc: "rows and columns more at the bottom and the right; less than stride or dilation",
        },
        options::DILATION,
        options::GROUPS,
        options::BIAS,
    ],
    build,
};

/// A transposed convolution with its options.
#[derive(Debug)]
pub(crate) struct TransposedConv {
    pub(crate) transposed: Transposed,
    pub(crate) channels: usize,
    pub(crate) output_padding: [usize; 2],
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let sides = |name: &str| settings.sides(name).expect("the option has a default");
    let (channels, groups) = (settings.count("channels"), settings.count("groups"));
    check_outputs(groups, channels)?;
    let [stride, dilation] = ["stride", "dilation"].map(sides);
    let output_padding = sides("output_padding");
    check_output_padding(output_padding, stride, dilation)?;
    Ok(Box::new(TransposedConv {
        transposed: Transposed {
            window: settings.window(),
            stride,
            dilation,
            padding: sides("padding"),
            groups,
            bias: settings.switch("bias"),
        },
        channels,
        output_padding,
    }))
}

/// More than the gap between two positions or taps would be rows that nothing reaches.
fn check_output_padding(
    padding: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Result<(), Fault> {
    let most = [0, 1].map(|k| stride[k].max(dilation[k]) - 1);
    if padding[0] <= most[0] && padding[1] <= most[1] {
        return Ok(());
    }
    let message = format!(
        "output_padding {} is not less than the stride {} or the dilation {}",
        short(padding),
        short(stride),
        short(dilation)
    );
    let fitting = [0, 1].map(|k| padding[k].min(most[k]));
    let wider = [0, 1].map(|k| stride[k].max(padding[k] + 1));
    Err(Fault::at(At::Option("output_padding"), message)
        .change(Change::Option("output_padding", short(fitting)))
        .change(Change::Option("stride", short(wider))))
}

impl TransposedConv {
    /// Height and width of the output before its rim is cut off.
    fn uncut(&self, input: Shape) -> [usize; 2] {
        let sizes = input.stored().sizes();
        let Transposed {
            window,
            stride,
            dilation,
            ..
        } = self.transposed;
        [0, 1].map(|k| {
            let steps = (sizes[k + 1] - 1).saturating_mul(stride[k]);
            let reach = extent(window[k], dilation[k]);
            steps
                .saturating_add(reach)
                .saturating_add(self.output_padding[k])
        })
    }

    fn image(&self, input: Shape, channels: usize) -> Result<Shape, Fault> {
        let uncut = self.uncut(input);
        let padding = self.transposed.padding;
        if let Some(k) = (0..2).find(|&k| 2 * padding[k] >= uncut[k]) {
            let lines = ["rows", "columns"][k];
            let message = format!(
                "padding {} at each side leaves none of the {} {lines} of the output",
                padding[k], uncut[k]
            );
            let fitting = [0, 1].map(|k| padding[k].min((uncut[k] - 1) / 2));
            return Err(Fault::at(At::Option("padding"), message)
                .change(Change::Option("padding", short(fitting))));
        }
        let [height, width] = [0, 1].map(|k| uncut[k] - 2 * padding[k]);
        Ok(input.resized([channels, height, width]))
    }
}

impl Layer for TransposedConv {
    fn properties(&self) -> Properties {
        let without = Change::Option("bias", "false".to_owned());
        Properties {
            without_constant: self.transposed.bias.then_some(without),
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let groups = self.transposed.groups;
        check_inputs(groups, inputs[0].sizes()[0], self.channels)?;
        self.image(inputs[0], self.channels)
    }

    fn fit(&self, input: Option<Shape>, wanted: Shape) -> Option<Change> {
        let [channels, ..] = wanted.image()?;
        let fits = self.image(input?, channels).ok()? == wanted
            && channels.is_multiple_of(self.transposed.groups);
        fits.then(|| Change::Option("channels", channels.to_string()))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let inputs = inputs[0].sizes()[0];
        self.transposed.parameters(inputs, self.channels)
    }

    /// Every pixel meets every tap, of which some may then fall on what is cut off.
    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        let Transposed {
            window: [kh, kw],
            groups,
            ..
        } = self.transposed;
        (inputs[0].elements() * (self.channels / groups) * kh * kw) as u64
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut form = Form::usual(mode, output);
        form.cost = match mode {
            Mode::Training | Mode::Batch => self.forward_macs(inputs),
            Mode::Single => self.transposed.cost(inputs[0], output),
        };
        vec![form]
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.transposed.scratch(site)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        self.transposed.forward(site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        self.transposed.backward(site)
    }

    fn takes_affine(&self) -> bool {
        true
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(self.transposed.packing(site))
    }
}
