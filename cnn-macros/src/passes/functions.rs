//! The functions of a network: one per layer and purpose, shared by layers with the same constants.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::fuse::{Fused, Stage};
use crate::emit::convert::convert;
use crate::kernel::{Access, Argument, Kernel, Tensor};
use crate::layers::{Reduction, Statistic};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// A function that is emitted once, however many layers call it.
pub(crate) struct Function {
    /// `conv1_forward`, after the first layer that uses it.
    pub(crate) name: String,
    /// That layer with `_` for `.`, or the value that is turned into another layout. Functions of one
    /// layer are emitted in one module.
    pub(crate) layer: String,
    pub(crate) kernel: Kernel,
    pub(crate) signature: Vec<Parameter>,
}

/// One tensor argument of a function.
pub(crate) struct Parameter {
    pub(crate) name: String,
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
    /// Nothing: the argument is no array but what the block knows of its batch.
    Pass,
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
        form: (Mode, Form),
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
        let array = |name: &str, layout, access| {
            let (element, sizes) = array(shape, layout);
            Parameter {
                name: name.to_owned(),
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

    /// `conv1_forward`; a layer's second function of one purpose has its number behind.
    fn free_name(&self, layer: &str, purpose: &str) -> String {
        let name = format!("{layer}_{purpose}");
        let is_free = |name: &String| self.all.iter().all(|function| function.name != *name);
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        names
            .find(is_free)
            .expect("there are more numbers than functions")
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
            let layer = layer.replace('.', "_");
            let name = self.free_name(&layer, kernel.purpose);
            self.all.push(Function {
                name,
                layer,
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

/// The array of one number for each channel.
fn one_per_channel(fused: &Fused, stage: &Stage) -> (Element, Vec<usize>) {
    (Element::Scalar, vec![fused.channels(stage)])
}

fn parameter(
    fused: &Fused,
    stage: &Stage,
    (mode, form): (Mode, Form),
    argument: Argument,
) -> Parameter {
    let input = |shape| array(shape, form.input);
    let output = |shape| array(shape, form.output);
    let shape = |value| fused.graph.shape(value);
    let weights = |k: usize| &fused.graph.parameters[stage.node][k];
    let reduction = |k: usize| {
        let mut all = fused.layer(stage).reductions(&fused.inputs(stage));
        all.swap_remove(k)
    };
    let sizes_of = |k: usize| fused.parameter_arrays(stage).swap_remove(k);
    let (name, (element, sizes)) = match argument.tensor {
        Tensor::Input(k) => (Tensor::input_name(k), input(shape(stage.inputs[k]))),
        Tensor::Output => ("output".to_owned(), output(shape(stage.output))),
        Tensor::OutputGradient => ("d_output".to_owned(), output(shape(stage.output))),
        Tensor::InputGradient(k) => ("d_input".to_owned(), input(shape(stage.inputs[k]))),
        Tensor::Parameter(k) => (weights(k).name.to_owned(), (Element::Scalar, sizes_of(k))),
        Tensor::ParameterGradient(k) => (
            format!("d_{}", weights(k).name),
            (Element::Scalar, sizes_of(k)),
        ),
        Tensor::Scratch(k) => {
            let site = (mode, form);
            let scratch = fused.at_site(stage, site, |site| fused.layer(stage).scratch(site));
            let (element, _) = input(shape(stage.inputs[0]));
            (
                scratch[k].name.to_owned(),
                (element, scratch[k].sizes.clone()),
            )
        }
        Tensor::Packed(k) => {
            let site = (mode, form);
            let packing = fused.at_site(stage, site, |site| fused.layer(stage).packing(site));
            let shapes = packing
                .expect("only a layer with packed weights names them")
                .shapes;
            (
                ["packed_weight", "packed_bias"][k].to_owned(),
                (Element::Scalar, shapes[k].clone()),
            )
        }
        Tensor::Scale => ("scale".to_owned(), one_per_channel(fused, stage)),
        Tensor::Shift => ("shift".to_owned(), one_per_channel(fused, stage)),
        Tensor::Statistic(k) => {
            let mut statistics = fused.layer(stage).statistics(&fused.inputs(stage));
            let Statistic { name, shape, .. } = statistics.swap_remove(k);
            (name.to_owned(), (Element::Scalar, shape))
        }
        Tensor::Partial(k) => {
            let Reduction {
                names, channels, ..
            } = reduction(k);
            (names[0].to_owned(), (Element::Lanes, vec![channels]))
        }
        Tensor::Merged(k) => {
            let Reduction {
                names, channels, ..
            } = reduction(k);
            (names[1].to_owned(), (Element::Scalar, vec![2, channels]))
        }
        Tensor::Pass => ("pass".to_owned(), (Element::Pass, Vec::new())),
    };
    Parameter {
        name,
        element,
        sizes,
        access: argument.access,
    }
}

impl Parameter {
    /// `weight: &[[f; 3]; 4],`
    pub(crate) fn declaration(&self) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let element = match self.element {
            Element::Scalar => quote!(T),
            Element::Lanes => quote!(Lanes<T>),
            Element::Pass => quote!(Pass<'_, T>),
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

#[cfg(test)]
mod tests {
    use crate::passes::testing::{called, planned};

    #[test]
    fn layers_of_equal_constants_share_their_functions() {
        let plan = planned("A: 8 -> dense(8) -> dense(8) -> dense(8, bias = false) -> dense(8)");
        let forward = called(&plan, &plan.training.forward[0].calls);
        let [first, other] = ["dense1_forward", "dense3_forward"];
        assert_eq!(forward, [first, first, other, first]);
    }
}
