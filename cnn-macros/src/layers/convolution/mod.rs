//! What `conv` and `depthwise_conv` are, and `transposed_conv` the other way round: a window of
//! weights that slides over an image. Its options and shape rule are here, its loops below.
//!
//! Channels may be in groups, of which each is a convolution by itself; in a depthwise convolution
//! every input channel is a group. The loops are written for one group (see [`Geometry`]).

mod bands;
mod channels;
mod chosen_gradient;
mod columns;
mod columns_gradient;
mod depthwise;
mod depthwise_gradient;
mod forward;
mod geometry;
pub(super) mod groups;
mod halo;
mod input_gradient;
mod largest;
pub(super) mod options;
mod packing;
mod pointwise_gradient;
mod tile_of_channels;
pub(super) mod transposed;
mod weight_gradient;
mod winograd;

pub(crate) use geometry::Geometry;

use super::folding::Folding;
use super::options::{Padding, Settings};
use super::sliding::{Sliding, extent};
use super::{At, Change, Fault, Lint, Parameter, Role};
use crate::emit::axis::Axis;
use crate::emit::largest::{on_results, result_gradient};
use crate::kernel::{Kernel, Packing, Scratch, Site};
use crate::layers::options::Setting;
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;
use halo::{Halo, Rim};
use packing::Packed;

/// A sliding window of weights with its options, whatever the channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Convolution {
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Top, bottom, left, right.
    pub(crate) padding: [usize; 4],
    /// What stands there.
    pub(crate) rim: Rim,
    pub(crate) bias: bool,
}

impl Convolution {
    /// The options of the table in [`options`].
    pub(crate) fn read(settings: &Settings) -> Result<Self, Fault> {
        let window = settings.window();
        let stride = settings.sides("stride").expect("stride has a default");
        let dilation = settings.sides("dilation").expect("dilation has a default");
        let padding = match settings.padding("padding") {
            Padding::Valid => [0; 4],
            Padding::Sides(sides) => sides,
            Padding::Same => same([0, 1].map(|k| extent(window[k], dilation[k])), stride)?,
        };
        Ok(Self {
            window,
            stride,
            dilation,
            padding,
            rim: Rim::of(settings.word("padding_mode")),
            bias: settings.switch("bias"),
        })
    }

    fn sliding(&self) -> Sliding {
        Sliding {
            name: "kernel",
            window: self.window,
            stride: self.stride,
            dilation: self.dilation,
            padding: self.padding,
        }
    }

    /// The image that comes out, with `channels` of its own.
    pub(crate) fn output(&self, input: Shape, channels: usize) -> Result<Shape, Fault> {
        let output = self.sliding().output(input, channels)?;
        self.rim.check(input, self.padding)?;
        Ok(output)
    }

    /// Rows and columns that are never read.
    pub(crate) fn lints(&self, input: Shape) -> Vec<Lint> {
        self.sliding().lints(input)
    }

    /// Taps of one kernel in one channel.
    pub(crate) fn taps(&self) -> usize {
        self.window[0].saturating_mul(self.window[1])
    }

    /// Multiply–accumulates of one sample.
    pub(crate) fn macs(&self, output: Shape, channels_in: usize, groups: usize) -> u64 {
        (output.elements() * (channels_in / groups) * self.taps()) as u64
    }

    /// The parameters of kernels for so many channels. The fans are PyTorch's, which counts the
    /// outputs of all groups.
    pub(crate) fn parameters(&self, sizes: [usize; 2]) -> Vec<Parameter> {
        parameters(sizes, self.window, self.bias, sizes[0])
    }

    fn halo(&self, input: Shape) -> Option<Halo> {
        Halo::new(input, self.padding, self.rim)
    }

    /// The numbers of the loops, which see the image with its rim where that is not of zeros.
    fn geometry(&self, input: Shape, output: Shape, groups: usize) -> Geometry {
        let (from, to) = (input.sizes(), output.sizes());
        let has_halo = self.halo(input).is_some();
        let axis = |k: usize| {
            let [before, after] = [self.padding[2 * k], self.padding[2 * k + 1]];
            let (rim, before) = match has_halo {
                true => (before + after, 0),
                false => (0, before),
            };
            Axis {
                input: from[k + 1] + rim,
                output: to[k + 1],
                window: self.window[k],
                stride: self.stride[k],
                dilation: self.dilation[k],
                before,
            }
        };
        Geometry {
            channels_in: from[0] / groups,
            channels_out: to[0] / groups,
            groups,
            y: axis(0),
            x: axis(1),
            bias: self.bias,
        }
    }

    /// The forms of a layer that is this convolution in `groups`.
    pub(crate) fn forms(&self, ends: [Shape; 2], groups: usize, mode: Mode) -> Vec<Form> {
        let [input, output] = ends;
        let geometry = self.geometry(input, output, groups);
        let usual = Form::usual(mode, output);
        let direct = direct_cost(&geometry, usual.input);
        let cost = winograd::cost(&geometry, usual.input, direct).unwrap_or(direct);
        let mut forms = vec![Form { cost, ..usual }];
        let has_columns = match mode {
            Mode::Training => columns::is_trainable(&geometry),
            Mode::Batch => false,
            Mode::Single => columns::is_possible(&geometry),
        };
        if has_columns {
            forms.push(Form::keeping(Layout::Columns, columns::cost(&geometry)));
        }
        forms
    }

    /// Whether the functions of a mode can keep of the results only the largest of windows, as fast as if a pool
    /// found them; of one sample by Winograd's algorithm alone, and where that is the form to take.
    pub(crate) fn keeps_largest(
        &self,
        ends: [Shape; 2],
        groups: usize,
        window: [usize; 2],
        mode: Mode,
    ) -> bool {
        let [input, output] = ends;
        let geometry = self.geometry(input, output, groups);
        let layout = Form::usual(mode, output).output;
        if mode == Mode::Single && !usual_is_cheapest(&self.forms(ends, groups, mode), input) {
            return false;
        }
        match is_by_winograd(&geometry, layout) {
            true => winograd::holds_windows(&geometry, layout, window),
            false => mode != Mode::Single && largest::is_worthwhile(&geometry, window),
        }
    }

    fn geometry_at(&self, site: &Site<'_>, groups: usize) -> Geometry {
        Geometry {
            bias: Folding::new(self.bias, site).has_bias(),
            ..self.geometry(site.inputs[0], site.output, groups)
        }
    }

    /// The image with its rim, and its gradient; and what functions of a kind leave for each other.
    pub(crate) fn scratch(&self, site: &Site<'_>, groups: usize) -> Vec<Scratch> {
        let halo = self.halo(site.inputs[0]);
        let mut all = halo.map_or_else(Vec::new, |halo| halo.scratch(site.form.input));
        let geometry = self.geometry_at(site, groups);
        if site.form.input == Layout::Columns {
            all.extend(columns::scratch(&geometry, site.mode));
        } else if is_by_winograd(&geometry, site.form.input) {
            all.extend(winograd::scratch(&geometry, site.mode));
        } else if site.mode == Mode::Training {
            all.extend(weight_gradient::scratch(&geometry));
            let largest = site.largest;
            all.extend(largest.and_then(|window| chosen_gradient::scratch(&geometry, window)));
        }
        all
    }

    /// How many buffers [`scratch`](Self::scratch) has before those of a kind of functions.
    fn first_buffer(&self, site: &Site<'_>) -> usize {
        self.halo(site.inputs[0]).map_or(0, |_| halo::BUFFERS)
    }

    /// Puts the rim around the image, where it is not of zeros.
    pub(crate) fn prepare(&self, site: &Site<'_>) -> Vec<Kernel> {
        let halo = self.halo(site.inputs[0]);
        halo.map(|halo| halo.pad(site.form.input))
            .into_iter()
            .collect()
    }

    pub(crate) fn forward(&self, site: &Site<'_>, groups: usize) -> Kernel {
        let geometry = self.geometry_at(site, groups);
        let first = self.first_buffer(site);
        let by_winograd = is_by_winograd(&geometry, site.form.input);
        let kernel = match site.form.input {
            Layout::Samples if by_winograd => winograd::forward(&geometry, site, first),
            Layout::Samples => match site.largest {
                Some(window) => largest::forward(&geometry, site, window),
                None => forward::forward(&geometry, site),
            },
            Layout::Channels if by_winograd => winograd::single(&geometry, site, first),
            Layout::Channels if geometry.is_depthwise() => depthwise::forward(&geometry, site),
            Layout::Channels => channels::forward(&geometry, site),
            Layout::Columns => columns::forward(&geometry, site, first),
        };
        match self.halo(site.inputs[0]) {
            Some(_) => halo::reading(kernel),
            None => kernel,
        }
    }

    pub(crate) fn backward(&self, site: &Site<'_>, groups: usize) -> Vec<Kernel> {
        let geometry = self.geometry_at(site, groups);
        let layout = site.form.input;
        let gradients = self.gradients(site, &geometry);
        let (before, [weights, input]) = match site.largest {
            None => (None, gradients),
            Some(window) => {
                let (all, gradients) =
                    self.gradients_of_largest(site, &geometry, window, gradients);
                (Some(all), gradients)
            }
        };
        let layers = match self.halo(site.inputs[0]) {
            Some(halo) => vec![
                halo::reading(weights),
                halo::writing(input),
                halo.fold(layout),
            ],
            None => vec![weights, input],
        };
        before.into_iter().chain(layers).collect()
    }

    /// The same where only the largest results were kept, behind the gradient by all of them.
    fn gradients_of_largest(
        &self,
        site: &Site<'_>,
        geometry: &Geometry,
        window: [usize; 2],
        gradients: [Kernel; 2],
    ) -> (Kernel, [Kernel; 2]) {
        let [weights, input] = gradients.map(on_results);
        let is_direct = !is_by_winograd(geometry, site.form.input);
        // The kernels of a choice share the work on the gradient by all results.
        if is_direct && !site.is_frozen && chosen_gradient::is_possible(geometry, window) {
            let first = self.first_buffer(site);
            return chosen_gradient::gradients(geometry, site, window, input, first);
        }
        (result_gradient(site, window), [weights, input])
    }

    /// The gradients by weights and by the input, from that by all results.
    fn gradients(&self, site: &Site<'_>, geometry: &Geometry) -> [Kernel; 2] {
        let (layout, first) = (site.form.input, self.first_buffer(site));
        match layout {
            Layout::Columns => [
                columns_gradient::weight_gradient(geometry, first),
                columns::input_gradient(geometry, first),
            ],
            _ if is_by_winograd(geometry, layout) => [
                winograd::weight_gradient(geometry, first),
                winograd::input_gradient(geometry, first),
            ],
            Layout::Samples | Layout::Channels => [
                weight_gradient::weight_gradient(geometry, first),
                input_gradient::input_gradient(geometry),
            ],
        }
    }

    pub(crate) fn packing(&self, site: &Site<'_>, groups: usize) -> Packing {
        let geometry = self.geometry_at(site, groups);
        let folding = Folding::new(self.bias, site);
        match site.form.input {
            Layout::Columns | Layout::Samples => packing::in_order(&geometry, folding),
            layout if is_by_winograd(&geometry, layout) => winograd::packing(&geometry, folding),
            _ if geometry.is_depthwise() => Packed::depthwise(&geometry).depthwise_packing(folding),
            _ => Packed::of(&geometry).packing(folding),
        }
    }
}

/// Whether the first of some forms costs least, even if its input has to be brought to its layout from the others':
/// an estimate of what the layouts will be, which are chosen when it is known what is computed together.
fn usual_is_cheapest(forms: &[Form], input: Shape) -> bool {
    let (usual, others) = forms.split_first().expect("there is the usual form");
    others.iter().all(|other| {
        let conversion = other.input.conversion(usual.input, input);
        conversion.is_none_or(|conversion| conversion + usual.cost <= other.cost)
    })
}

/// Operations on registers of the usual form without Winograd's algorithm.
fn direct_cost(geometry: &Geometry, layout: Layout) -> u64 {
    match layout {
        Layout::Samples => {
            let taps = geometry.rows_of_taps() * geometry.x.window as u64;
            taps * (geometry.x.output * geometry.all_out()) as u64
        }
        _ if geometry.is_depthwise() => depthwise::cost(geometry),
        _ => channels::cost(geometry),
    }
}

/// Whether Winograd's algorithm computes a convolution in a layout.
fn is_by_winograd(geometry: &Geometry, layout: Layout) -> bool {
    let direct = direct_cost(geometry, layout);
    layout != Layout::Columns && winograd::cost(geometry, layout, direct).is_some()
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

/// A weight of `sizes` times the window, and perhaps `biases`; with the fans as PyTorch counts them.
fn parameters(
    [first, second]: [usize; 2],
    [kh, kw]: [usize; 2],
    bias: bool,
    biases: usize,
) -> Vec<Parameter> {
    let taps = kh.saturating_mul(kw);
    let weight = Parameter {
        name: "weight",
        shape: vec![first, second, kh, kw],
        role: Role::Weight {
            fan_in: second.saturating_mul(taps),
            fan_out: first.saturating_mul(taps),
        },
    };
    let bias = bias.then(|| Parameter {
        name: "bias",
        shape: vec![biases],
        role: Role::Bias,
    });
    std::iter::once(weight).chain(bias).collect()
}
