//! The numbers of one convolution, as its loops need them.

use crate::emit::axis::Axis;
use crate::kernel::Site;

/// A convolution between two images.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub(super) channels_in: usize,
    pub(super) channels_out: usize,
    pub(super) y: Axis,
    pub(super) x: Axis,
    pub(super) bias: bool,
}

impl Geometry {
    /// The sum that the formulas of the documentation share, with `row` and `column` of the input.
    pub(super) fn formula(&self) -> String {
        let index = |name: &str, tap: &str, axis: &Axis| {
            let scaled = match axis.stride {
                1 => name.to_owned(),
                stride => format!("{name}·{stride}"),
            };
            match axis.before {
                0 => format!("{scaled}+{tap}"),
                before => format!("{scaled}+{tap}-{before}"),
            }
        };
        let (row, column) = (index("y", "ky", &self.y), index("x", "kx", &self.x));
        format!("weight[o][i][ky][kx] · input[i][{row}][{column}]")
    }

    /// The formula of an output, with the bias and the fused activation.
    pub(super) fn activated(&self, site: &Site<'_>) -> String {
        let bias = if self.bias { "bias[o] + " } else { "" };
        site.activated_formula(&format!("{bias}Σ_i Σ_ky Σ_kx {}", self.formula()))
    }

    /// The sizes of the weight in PyTorch's order.
    pub(super) fn weight_sizes(&self) -> Vec<usize> {
        let Self {
            channels_in,
            channels_out,
            y,
            x,
            ..
        } = *self;
        vec![channels_out, channels_in, y.window, x.window]
    }

    /// How many rows of taps all rows of one output channel read.
    pub(super) fn rows_of_taps(&self) -> u64 {
        (self.y.output * self.y.window * self.channels_in) as u64
    }

    /// A sentence on padding for the documentation, if there is any.
    pub(super) fn padding_note(&self) -> Option<String> {
        (self.y.is_padded() || self.x.is_padded()).then(|| {
            "Taps that would fall on padding are left out: their product is zero.".to_owned()
        })
    }
}
