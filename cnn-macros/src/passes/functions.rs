//! The functions of a network: one per layer and purpose, shared by layers with the same constants.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::fuse::{Fused, Stage};
use crate::emit::elementwise::single_sizes;
use crate::kernel::{Access, Argument, Kernel, Tensor};
use crate::shape::Shape;

/// How values lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Sixteen samples in the lanes of every element, channels first.
    Block,
    /// One sample, channels last and padded.
    Single,
}

/// A function that is emitted once, however many layers call it.
pub(crate) struct Function {
    /// `conv1_forward`, after the first layer that uses it.
    pub(crate) name: String,
    pub(crate) kernel: Kernel,
    pub(crate) signature: Vec<Parameter>,
}

/// One tensor argument of a function.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) element: Element,
    pub(crate) sizes: Vec<usize>,
    pub(crate) access: Access,
}

/// What an array holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// One scalar.
    Scalar,
    /// The sixteen samples of a block.
    Lanes,
}

/// All functions of a network, without repetition.
#[derive(Default)]
pub(crate) struct Functions {
    pub(crate) all: Vec<Function>,
    by_text: HashMap<String, usize>,
}

impl Functions {
    /// The index of the function that `kernel` becomes at `stage`.
    pub(crate) fn intern(
        &mut self,
        fused: &Fused,
        stage: &Stage,
        kernel: Kernel,
        layout: Layout,
    ) -> usize {
        let signature: Vec<Parameter> = kernel
            .arguments
            .iter()
            .map(|argument| parameter(fused, stage, *argument, layout))
            .collect();
        let types: TokenStream = signature.iter().map(Parameter::declaration).collect();
        let text = format!(
            "{} {types} {} {}",
            kernel.purpose, kernel.items, kernel.body
        );
        let next = self.all.len();
        let index = *self.by_text.entry(text).or_insert(next);
        if index == next {
            let layer = fused.graph.graph.nodes[stage.node].name.replace('.', "_");
            let name = format!("{layer}_{}", kernel.purpose);
            self.all.push(Function {
                name,
                kernel,
                signature,
            });
        }
        index
    }
}

fn parameter(fused: &Fused, stage: &Stage, argument: Argument, layout: Layout) -> Parameter {
    let value = |shape: Shape| match layout {
        Layout::Block => (Element::Lanes, shape.sizes()),
        Layout::Single => (Element::Scalar, single_sizes(shape)),
    };
    let shape = |value| fused.graph.shape(value);
    let weights = |k: usize| &fused.graph.parameters[stage.node][k];
    let (name, (element, sizes)) = match argument.tensor {
        Tensor::Input(k) => (["input", "other"][k], value(shape(stage.inputs[k]))),
        Tensor::Output => ("output", value(shape(stage.output))),
        Tensor::OutputGradient => ("d_output", value(shape(stage.output))),
        Tensor::InputGradient(k) => (["d_input", "d_other"][k], value(shape(stage.inputs[k]))),
        Tensor::Parameter(k) => (weights(k).name, (Element::Scalar, weights(k).shape.clone())),
        Tensor::ParameterGradient(k) => (
            gradient_name(weights(k).name),
            (Element::Scalar, weights(k).shape.clone()),
        ),
        Tensor::Packed(k) => {
            let packing = fused.at_site(stage, |site| fused.layer(stage).packing(site));
            let shapes = packing
                .expect("only a layer with packed weights names them")
                .shapes;
            (
                packed_name(weights(k).name),
                (Element::Scalar, shapes[k].clone()),
            )
        }
    };
    Parameter {
        name,
        element,
        sizes,
        access: argument.access,
    }
}

/// `d_weight` of `weight`.
fn gradient_name(name: &str) -> &'static str {
    match name {
        "weight" => "d_weight",
        "bias" => "d_bias",
        other => unreachable!("a layer names its parameters `weight` and `bias`, not `{other}`"),
    }
}

/// `packed_weight` of `weight`.
fn packed_name(name: &str) -> &'static str {
    match name {
        "weight" => "packed_weight",
        "bias" => "packed_bias",
        other => unreachable!("a layer names its parameters `weight` and `bias`, not `{other}`"),
    }
}

impl Parameter {
    /// `weight: &[[f; 3]; 4],`
    pub(crate) fn declaration(&self) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let element = match self.element {
            Element::Scalar => quote!(T),
            Element::Lanes => quote!(Lanes<T>),
        };
        let array = self
            .sizes
            .iter()
            .rev()
            .fold(element, |inner, size| quote!([#inner; #size]));
        let mutable = (self.access != Access::Read).then(|| quote!(mut));
        quote!(#name: &#mutable #array,)
    }
}
