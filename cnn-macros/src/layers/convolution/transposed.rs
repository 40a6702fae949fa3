//! A transposed convolution: the loops of the convolution that leads the other way, from its output
//! to its input, with the roles of forward and backward exchanged.

use super::geometry::Geometry;
use super::packing::{Packed, transposed_in_order};
use super::{channels, forward, input_gradient, parameters, weight_gradient};
use crate::emit::axis::Axis;
use crate::kernel::{Kernel, Packing, Scratch, Site, Tensor};
use crate::layers::Parameter;
use crate::layers::folding::Folding;
use crate::layout::{Layout, Mode};
use crate::shape::Shape;

/// A transposed convolution with its options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transposed {
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Rows above and below, columns left and right, that are cut off.
    pub(crate) padding: [usize; 2],
    pub(crate) groups: usize,
    pub(crate) bias: bool,
}

impl Transposed {
    /// The parameters, as PyTorch has them: input channels first.
    pub(crate) fn parameters(&self, inputs: usize, outputs: usize) -> Vec<Parameter> {
        let sizes = [inputs, outputs / self.groups];
        parameters(sizes, self.window, self.bias, outputs)
    }

    /// The convolution that leads from the output back to the input.
    fn geometry(&self, site: &Site<'_>) -> Geometry {
        self.between(site.inputs[0], site.output)
    }

    fn between(&self, input: Shape, output: Shape) -> Geometry {
        let (from, to) = (output.sizes(), input.sizes());
        let axis = |k: usize| Axis {
            input: from[k + 1],
            output: to[k + 1],
            window: self.window[k],
            stride: self.stride[k],
            dilation: self.dilation[k],
            before: self.padding[k],
        };
        Geometry {
            channels_in: from[0] / self.groups,
            channels_out: to[0] / self.groups,
            groups: self.groups,
            y: axis(0),
            x: axis(1),
            bias: false,
        }
    }

    pub(crate) fn scratch(&self, site: &Site<'_>) -> Vec<Scratch> {
        match site.mode {
            Mode::Training => weight_gradient::scratch(&self.geometry(site)),
            Mode::Batch | Mode::Single => Vec::new(),
        }
    }

    pub(crate) fn forward(&self, site: &Site<'_>) -> Kernel {
        let geometry = self.geometry(site);
        let bias = Folding::new(self.bias, site).has_bias();
        match site.form.input {
            Layout::Samples => input_gradient::transposed(&geometry, bias, site),
            Layout::Channels | Layout::Columns => channels::transposed(&geometry, bias, site),
        }
    }

    pub(crate) fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let geometry = self.geometry(site);
        let (input, d_output) = (Tensor::Input(0), Tensor::OutputGradient);
        let mut weights = weight_gradient::weight_gradient(&geometry, 0).on(&[
            [(input, "input"), (d_output, "d_output")],
            [(d_output, "d_output"), (input, "input")],
        ]);
        weights.doc = vec![
            "`d_weight[i][o][ky][kx] += Σ_n Σ_y Σ_x input[i][y][x] · d_output[o][v][u]`".to_owned(),
            format!(
                "over every position and tap with {}: the loops of a convolution from `d_output` \
                 to the input.",
                input_gradient::relations(&geometry)
            ),
        ];
        if self.bias {
            weight_gradient::add_bias(&mut weights, geometry.all_in());
        }
        // The activation's gradient has been applied before.
        let plain = Site {
            epilogue: None,
            ..*site
        };
        let mut back = forward::forward(&geometry, &plain).on(&[
            [(input, "input"), (d_output, "d_output")],
            [
                (Tensor::Output, "output"),
                (Tensor::InputGradient(0), "d_input"),
            ],
        ]);
        back.purpose = "input_gradient";
        back.doc.push(
            "A convolution, of which `input` is here `d_output` and `output` is `d_input`."
                .to_owned(),
        );
        vec![weights, back]
    }

    /// Multiply–adds of registers of one sample.
    pub(crate) fn cost(&self, input: Shape, output: Shape) -> u64 {
        let Geometry {
            groups,
            channels_in,
            channels_out,
            y,
            x,
            ..
        } = self.between(input, output);
        let registers = groups as u64 * crate::layout::registers(channels_in);
        let pixels = (y.output * x.output * channels_out) as u64;
        registers * pixels * (y.window * x.window) as u64
    }

    pub(crate) fn packing(&self, site: &Site<'_>) -> Packing {
        let (geometry, folding) = (self.geometry(site), Folding::new(self.bias, site));
        match site.form.input {
            Layout::Samples => transposed_in_order(&geometry, folding),
            Layout::Channels | Layout::Columns => {
                Packed::of_transposed(&geometry, folding.has_bias()).packing(folding)
            }
        }
    }
}
