//! The numbers of one convolution, as its loops need them.

use crate::emit::axis::Axis;

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

    /// A sentence on padding for the documentation, if there is any.
    pub(super) fn padding_note(&self) -> Option<String> {
        (self.y.is_padded() || self.x.is_padded()).then(|| {
            "Taps that would fall on padding are left out: their product is zero.".to_owned()
        })
    }
}
