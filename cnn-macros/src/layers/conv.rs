//! `conv`: two-dimensional convolution.
//!
//! `output[o][y][x] = bias[o] + Σ weight[o][i][ky][kx] · input[i][y·s+ky·d−p][x·s+kx·d−p]`, summed over
//! `i`, `ky`, `kx`; as in PyTorch's `Conv2d` this is a cross-correlation. With `groups`, output
//! channels see the input channels of their group alone.

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

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let ends = [inputs[0], output];
        self.convolution.forms(ends, self.groups, mode)
    }

    fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        self.convolution.scratch(site)
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

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(self.convolution.packing(site, self.groups))
    }
}
