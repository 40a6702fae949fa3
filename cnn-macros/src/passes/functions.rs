//! The functions of a network: one per layer and purpose, shared by layers with the same constants.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::fuse::{Fused, Stage};
use crate::emit::convert::convert;
use crate::kernel::{Access, Argument, Kernel, Tensor};
use crate::layout::{Form, Layout};
use crate::shape::Shape;

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
    pub(crate) fn of_stage(
        &mut self,
        fused: &Fused,
        stage: &Stage,
        form: Form,
        kernel: Kernel,
    ) -> usize {
        let arguments = kernel.arguments.iter();
        let signature = arguments
            .map(|argument| parameter(fused, stage, form, *argument))
            .collect();
        let layer = &fused.graph.graph.nodes[stage.node].name;
        self.intern(layer, kernel, signature)
    }

    /// The index of the function that turns a value of `shape` from one layout into another;
    /// `value` is its name.
    pub(crate) fn of_conversion(
        &mut self,
        value: &str,
        shape: Shape,
        [from, to]: [Layout; 2],
    ) -> usize {
        let array = |name, layout, access| {
            let (element, sizes) = array(shape, layout);
            Parameter {
                name,
                element,
                sizes,
                access,
            }
        };
        let signature = vec![
            array("input", from, Access::Read),
            array("output", to, Access::Write),
        ];
        self.intern(value, convert(shape, to), signature)
    }

    fn intern(&mut self, layer: &str, kernel: Kernel, signature: Vec<Parameter>) -> usize {
        let types: TokenStream = signature.iter().map(Parameter::declaration).collect();
        let text = format!(
            "{} {types} {} {}",
            kernel.purpose, kernel.items, kernel.body
        );
        let next = self.all.len();
        let index = *self.by_text.entry(text).or_insert(next);
        if index == next {
            let name = format!("{}_{}", layer.replace('.', "_"), kernel.purpose);
            self.all.push(Function {
                name,
                kernel,
                signature,
            });
        }
        index
    }
}

/// The array of a value in a layout.
fn array(shape: Shape, layout: Layout) -> (Element, Vec<usize>) {
    let element = match layout {
        Layout::Samples => Element::Lanes,
        Layout::Channels | Layout::Columns => Element::Scalar,
    };
    (element, layout.sizes(shape))
}

fn parameter(fused: &Fused, stage: &Stage, form: Form, argument: Argument) -> Parameter {
    let input = |shape| array(shape, form.input);
    let output = |shape| array(shape, form.output);
    let shape = |value| fused.graph.shape(value);
    let weights = |k: usize| &fused.graph.parameters[stage.node][k];
    let (name, (element, sizes)) = match argument.tensor {
        Tensor::Input(k) => (["input", "other"][k], input(shape(stage.inputs[k]))),
        Tensor::Output => ("output", output(shape(stage.output))),
        Tensor::OutputGradient => ("d_output", output(shape(stage.output))),
        Tensor::InputGradient(k) => (["d_input", "d_other"][k], input(shape(stage.inputs[k]))),
        Tensor::Parameter(k) => (weights(k).name, (Element::Scalar, weights(k).shape.clone())),
        Tensor::ParameterGradient(k) => (
            gradient_name(weights(k).name),
            (Element::Scalar, weights(k).shape.clone()),
        ),
        Tensor::Scratch(k) => {
            let scratch = fused.at_site(stage, form, |site| fused.layer(stage).scratch(site));
            let (element, _) = input(shape(stage.inputs[0]));
            (scratch[k].name, (element, scratch[k].sizes.clone()))
        }
        Tensor::Packed(k) => {
            let packing = fused.at_site(stage, form, |site| fused.layer(stage).packing(site));
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
