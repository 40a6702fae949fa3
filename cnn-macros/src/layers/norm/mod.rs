//! What the norms of single samples share: `layer_norm`, `group_norm` and `instance_norm` differ in
//! which elements are normalized together, and in how many weights there are.
//!
//! `output = (input − mean) / √(variance + ε) · weight + bias`, with mean and variance of the group
//! that an element is in. The loops are in the modules below, this file holds what the compiler's
//! passes ask.

mod block;
mod single;

use super::options::{OptionSpec, Presence, SIZES_FLOW_IN, Setting, Takes};
use super::{At, Change, Fault, Layer, Parameter, Properties, Removal, Role};
use crate::emit::rows;
use crate::kernel::{Kernel, Packing, Site};
use crate::layout::{Form, Layout, Mode, WIDEST};
use crate::shape::Shape;

/// Divides the elements of a sample into groups, each of which gets mean 0 and variance 1.
#[derive(Debug)]
pub(super) struct Norm {
    /// The word of the layer, for messages.
    pub(super) word: &'static str,
    pub(super) groups: Groups,
    pub(super) affine: Option<Affine>,
    /// What is added to the variance.
    pub(super) epsilon: f64,
}

/// Which elements are normalized together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    /// All of them.
    One,
    /// Those of neighbouring channels, so many groups in all.
    Of(usize),
    /// Those of one channel.
    EachChannel,
}

/// How many weights and biases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affine {
    EachElement,
    EachChannel,
}

/// The option `epsilon`, which all norms have.
pub(super) const EPSILON: OptionSpec = OptionSpec {
    name: "epsilon",
    other_names: &["eps"],
    takes: Takes::Number,
    presence: Presence::Default(Setting::Number(1e-5)),
    doc: "what is added to the variance, above 0 and at most 1",
};

/// The option `affine` with its default.
pub(super) const fn affine(default: bool) -> OptionSpec {
    OptionSpec {
        name: "affine",
        other_names: &["elementwise_affine", "scale", "center"],
        takes: Takes::Switch,
        presence: Presence::Default(Setting::Switch(default)),
        doc: "whether a learned weight and bias follow",
    }
}

/// The passes over a value.
const COST: u64 = 6;

/// The numbers of one norm.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    shape: Shape,
    channels: usize,
    /// Elements of one channel.
    pixels: usize,
    groups: usize,
    /// Channels of one group.
    together: usize,
    /// Elements of one group.
    members: usize,
}

impl Norm {
    /// The norm, if its numbers are such that it can be.
    pub(super) fn checked(self) -> Result<Box<dyn Layer>, Fault> {
        let epsilon = self.epsilon;
        if !(epsilon > 0.0 && epsilon <= 1.0) {
            let message = format!("`epsilon` is above 0 and at most 1, found {epsilon}");
            let proposed = Change::Option("epsilon", "0.00001".to_owned());
            return Err(Fault::at(At::Option("epsilon"), message)
                .change(proposed)
                .help(SIZES_FLOW_IN.to_owned()));
        }
        Ok(Box::new(self))
    }

    fn sizes(&self, shape: Shape) -> Sizes {
        let (channels, pixels) = (rows::channels(shape), rows::pixels(shape));
        let groups = match self.groups {
            Groups::One => 1,
            Groups::Of(groups) => groups,
            Groups::EachChannel => channels,
        };
        let together = channels / groups;
        Sizes {
            shape,
            channels,
            pixels,
            groups,
            together,
            members: together * pixels,
        }
    }

    fn check(&self, input: Shape) -> Result<(), Fault> {
        let Sizes {
            channels,
            groups,
            members,
            ..
        } = self.sizes(input);
        if channels % groups != 0 {
            let message = format!("{channels} channels cannot be divided into {groups} groups");
            let divisor = (1..=groups).rev().find(|n| channels % n == 0).unwrap_or(1);
            let proposed = Change::Option("groups", divisor.to_string());
            return Err(Fault::at(At::Option("groups"), message).change(proposed));
        }
        if members == 1 {
            let word = self.word;
            let message =
                format!("`{word}` of {input} sees one element at a time, and gives 0 for each");
            return Err(Fault::at(At::Layer, message)
                .help("a norm needs groups of two elements at least".to_owned()));
        }
        Ok(())
    }
}

impl Layer for Norm {
    fn properties(&self) -> Properties {
        Properties {
            removes_constant: match self.groups == Groups::EachChannel {
                true => Removal::OfSample,
                false => Removal::None,
            },
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.check(inputs[0])?;
        Ok(inputs[0])
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let Some(affine) = self.affine else {
            return Vec::new();
        };
        let shape = match affine {
            Affine::EachElement => inputs[0].sizes(),
            Affine::EachChannel => vec![rows::channels(inputs[0])],
        };
        let weight = Parameter {
            name: "weight",
            shape: shape.clone(),
            role: Role::Factor { initial: 1.0 },
        };
        let bias = Parameter {
            name: "bias",
            shape,
            role: Role::Bias,
        };
        vec![weight, bias]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut form = Form::usual(mode, output);
        form.cost *= COST;
        let mut forms = vec![form];
        if mode == Mode::Single && matches!(output, Shape::Image { .. }) {
            let Sizes {
                channels, pixels, ..
            } = self.sizes(inputs[0]);
            let registers = channels * pixels.div_ceil(WIDEST);
            forms.push(Form::keeping(Layout::Columns, COST * registers as u64));
        }
        forms
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match (site.form.output, site.output) {
            (Layout::Samples, _) => self.block_forward(site),
            (Layout::Channels, Shape::Image { .. }) => self.channels_forward(site),
            (Layout::Channels | Layout::Columns, _) => self.contiguous_forward(site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let weight_gradient = self.affine.map(|affine| self.weight_gradient(site, affine));
        weight_gradient
            .into_iter()
            .chain([self.input_gradient(site)])
            .collect()
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        let affine = self.affine?;
        let shape = site.output;
        match (affine, shape) {
            (Affine::EachElement, Shape::Image { .. }) => {
                Some(single::packed_elements(shape, site.form.output))
            }
            (Affine::EachElement | Affine::EachChannel, _) => Some(rows::packing(
                rows::channels(shape),
                &["weight", "bias"],
                &|tensor| quote::quote!(#tensor[c]),
            )),
        }
    }
}
