//! The numbers of one convolution, as its loops need them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::axis::Axis;
use crate::kernel::Site;

/// A convolution between two images, of which each group of channels is one by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// Of one group.
    pub(crate) channels_in: usize,
    /// Of one group.
    pub(crate) channels_out: usize,
    pub(crate) groups: usize,
    pub(crate) y: Axis,
    pub(crate) x: Axis,
    pub(crate) bias: bool,
}

/// The channels that a tensor has in each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    In,
    Out,
}

impl Geometry {
    /// The sum that the formulas of the documentation share, with `row` and `column` of the input.
    pub(super) fn formula(&self) -> String {
        let index = |name: &str, tap: &str, axis: &Axis| {
            let scaled = scaled(name, axis.stride);
            let tap = scaled_tap(tap, axis);
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
            channels_in, y, x, ..
        } = *self;
        vec![self.all_out(), channels_in, y.window, x.window]
    }

    /// Output channels of all groups.
    pub(super) fn all_out(&self) -> usize {
        self.groups * self.channels_out
    }

    /// Input channels of all groups.
    pub(super) fn all_in(&self) -> usize {
        self.groups * self.channels_in
    }

    /// Whether every input channel has kernels of its own.
    pub(super) fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.channels_in == 1
    }

    /// How many rows of taps all rows of one output channel read.
    pub(super) fn rows_of_taps(&self) -> u64 {
        (self.y.output * self.y.window * self.channels_in) as u64
    }

    /// The convolution from the gradient of the output to that of the input, whose kernels are turned by
    /// half a turn, if this one moves by single steps and is not padded beyond its window.
    pub(super) fn turned(&self) -> Option<Self> {
        Some(Self {
            channels_in: self.channels_out,
            channels_out: self.channels_in,
            y: self.y.turned()?,
            x: self.x.turned()?,
            bias: false,
            ..*self
        })
    }

    /// Sentences on groups and padding for the documentation, if there are any.
    pub(super) fn notes(&self) -> Vec<String> {
        let padding = (self.y.is_padded() || self.x.is_padded()).then(|| {
            "Taps that would fall on padding are left out: their product is zero.".to_owned()
        });
        self.note_on_groups().into_iter().chain(padding).collect()
    }

    /// A sentence on groups, if there are any.
    pub(super) fn note_on_groups(&self) -> Option<String> {
        let (groups, from, to) = (self.groups, self.channels_in, self.channels_out);
        (groups > 1).then(|| {
            format!("{groups} groups, each from {from} to {to} channels; `i` and `o` count in one.")
        })
    }

    /// The loops of one group for each of them: every named tensor is seen as the part of it that
    /// belongs to the group.
    pub(super) fn each_group(
        &self,
        read: &[(&str, Side)],
        written: &[(&str, Side)],
        body: &TokenStream,
    ) -> TokenStream {
        if self.groups == 1 {
            return body.clone();
        }
        let size = |side: Side| match side {
            Side::In => self.channels_in,
            Side::Out => self.channels_out,
        };
        let groups = self.groups;
        let parts: TokenStream = read
            .iter()
            .map(|&(name, side)| {
                let (name, size) = (format_ident!("{name}"), size(side));
                quote!(let #name = &#name.as_chunks::<#size>().0[g];)
            })
            .collect();
        let targets: TokenStream = written
            .iter()
            .map(|&(name, side)| {
                let (name, size) = (format_ident!("{name}"), size(side));
                quote!(let #name = &mut #name.as_chunks_mut::<#size>().0[g];)
            })
            .collect();
        quote! {
            for g in 0..#groups {
                #parts
                #targets
                #body
            }
        }
    }
}

/// `y·2`, or `y`.
pub(super) fn scaled(name: &str, factor: usize) -> String {
    match factor {
        1 => name.to_owned(),
        factor => format!("{name}·{factor}"),
    }
}

/// `ky·2`, or `ky` without dilation.
pub(super) fn scaled_tap(tap: &str, axis: &Axis) -> String {
    scaled(tap, axis.dilation)
}
