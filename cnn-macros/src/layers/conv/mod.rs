//! `conv`: two-dimensional convolution.
//!
//! `output[o][y][x] = bias[o] + Σ weight[o][i][ky][kx] · input[i][y·s+ky−p][x·s+kx−p]`, summed over
//! `i`, `ky`, `kx`; as in PyTorch's `Conv2d` this is a cross-correlation. The loops are in the
//! modules below, this file holds what the compiler's passes ask.

mod backward;
mod channels;
mod columns;
mod forward;
mod geometry;

use geometry::Geometry;

use super::options::{Kind, OptionSpec, Padding, Presence, Rank, Setting, Settings, Takes};
use super::sliding::Sliding;
use super::{At, Change, Fault, Follows, Layer, Lint, Parameter, Properties, Role};
use crate::emit::axis::Axis;
use crate::kernel::{Argument, Kernel, Packing, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
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
        OptionSpec {
            name: "channels",
            other_names: &["filters", "out_channels", "features", "outputs"],
            takes: Takes::Count,
            presence: Presence::Required("16"),
            doc: "number of output channels",
        },
        OptionSpec {
            name: "stride",
            other_names: &["step"],
            takes: Takes::Sides,
            presence: Presence::Default(Setting::Sides([1, 1])),
            doc: "steps of the kernel",
        },
        OptionSpec {
            name: "padding",
            other_names: &["pad"],
            takes: Takes::Padding,
            presence: Presence::Default(Setting::Padding(Padding::Valid)),
            doc: "zeros around the image; `same` keeps its size",
        },
        OptionSpec {
            name: "bias",
            other_names: &["use_bias"],
            takes: Takes::Switch,
            presence: Presence::Default(Setting::Switch(true)),
            doc: "whether a number per channel is added",
        },
    ],
    build,
};

/// A convolution with its options.
#[derive(Debug)]
pub(crate) struct Conv {
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) stride: [usize; 2],
    /// Top, bottom, left, right.
    pub(crate) padding: [usize; 4],
    pub(crate) bias: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let window = settings.window();
    let stride = settings.sides("stride").expect("stride has a default");
    let padding = match settings.padding("padding") {
        Padding::Valid => [0; 4],
        Padding::Sides(sides) => sides,
        Padding::Same => same(window, stride)?,
    };
    Ok(Box::new(Conv {
        window,
        channels: settings.count("channels"),
        stride,
        padding,
        bias: settings.switch("bias"),
    }))
}

/// The padding that keeps an image's size; the odd zero of an even window goes behind, as in PyTorch.
fn same([kh, kw]: [usize; 2], stride: [usize; 2]) -> Result<[usize; 4], Fault> {
    if stride != [1, 1] {
        let stride = Setting::Sides(stride);
        let number = Setting::Sides([kh / 2, kw / 2]).to_string();
        let message =
            format!("padding `same` keeps the size only at stride 1, found stride {stride}");
        return Err(
            Fault::at(At::Option("padding"), message).change(Change::Option("padding", number))
        );
    }
    let (rows, columns) = (kh - 1, kw - 1);
    Ok([rows / 2, rows.div_ceil(2), columns / 2, columns.div_ceil(2)])
}

impl Conv {
    fn sliding(&self) -> Sliding {
        Sliding {
            name: "kernel",
            window: self.window,
            stride: self.stride,
            padding: self.padding,
        }
    }

    fn geometry(&self, input: Shape, output: Shape) -> Geometry {
        let (from, to) = (input.sizes(), output.sizes());
        let axis = |k: usize, before: usize| Axis {
            input: from[k + 1],
            output: to[k + 1],
            window: self.window[k],
            stride: self.stride[k],
            before,
        };
        Geometry {
            channels_in: from[0],
            channels_out: to[0],
            y: axis(0, self.padding[0]),
            x: axis(1, self.padding[2]),
            bias: self.bias,
        }
    }
}

impl Layer for Conv {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.sliding().output(inputs[0], self.channels)
    }

    fn properties(&self) -> Properties {
        Properties {
            without_constant: self
                .bias
                .then(|| Change::Option("bias", "false".to_owned())),
            ..Properties::default()
        }
    }

    fn fit(&self, input: Option<Shape>, wanted: Shape) -> Option<Change> {
        let [channels, ..] = wanted.image()?;
        let sliding = self.sliding();
        let fits = sliding.output(input?, channels).ok()? == wanted;
        fits.then(|| Change::Option("channels", channels.to_string()))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let channels_in = inputs[0].sizes()[0];
        let [kh, kw] = self.window;
        let weight = Parameter {
            name: "weight",
            shape: vec![self.channels, channels_in, kh, kw],
            role: Role::Weight {
                fan_in: channels_in.saturating_mul(kh).saturating_mul(kw),
                fan_out: self.channels.saturating_mul(kh).saturating_mul(kw),
            },
        };
        let bias = Parameter {
            name: "bias",
            shape: vec![self.channels],
            role: Role::Bias,
        };
        std::iter::once(weight)
            .chain(self.bias.then_some(bias))
            .collect()
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        let output = self.output(inputs).map_or(0, Shape::elements);
        let channels_in = inputs[0].sizes()[0];
        (output * channels_in * self.window[0] * self.window[1]) as u64
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.sliding().lints(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let geometry = self.geometry(inputs[0], output);
        let mut forms = vec![Form::usual(mode, output)];
        forms[0].cost = channels::cost(&geometry);
        if mode == Mode::Single && columns::is_possible(&geometry) {
            forms.push(Form::keeping(Layout::Columns, columns::cost(&geometry)));
        }
        forms
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let geometry = self.geometry(site.inputs[0], site.output);
        match site.form.input {
            Layout::Samples => forward::forward(&geometry, site),
            Layout::Channels => channels::forward(&geometry, site),
            Layout::Columns => columns::forward(&geometry, site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let geometry = self.geometry(site.inputs[0], site.output);
        vec![
            backward::weight_gradient(&geometry),
            backward::input_gradient(&geometry),
        ]
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        let geometry = self.geometry(site.inputs[0], site.output);
        Some(match site.form.input {
            Layout::Columns => columns::packing(&geometry),
            Layout::Channels | Layout::Samples => channels::packing(&geometry),
        })
    }
}

/// What the forward pass of one sample reads and writes.
fn arguments_of_one(geometry: &Geometry) -> Vec<Argument> {
    let bias = geometry.bias.then(|| Tensor::Packed(1).read());
    [Tensor::Input(0).read(), Tensor::Packed(0).read()]
        .into_iter()
        .chain(bias)
        .chain([Tensor::Output.write()])
        .collect()
}
