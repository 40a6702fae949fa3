//! The functions of a network: one per layer and purpose, shared by layers with the same constants.

use std::collections::HashMap;

use super::fuse::{Fused, Stage};
use crate::emit::convert::convert;
use crate::emit::functions::definition;
use crate::kernel::{Access, Argument, Kernel, Site, Tensor};
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
    /// All behind its name, as text.
    pub(crate) definition: String,
}

/// A function as the kernel of a stage.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// Its index.
    pub(crate) function: usize,
    /// The stage's tensors that it is called with.
    pub(crate) arguments: Vec<Argument>,
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
    /// The samples of a block.
    Lanes,
    /// Nothing: the argument is no array but what the block knows of its batch.
    Pass,
}

/// All functions of a network, without repetition.
#[derive(Default)]
pub(crate) struct Functions {
    pub(crate) all: Vec<Function>,
    by_text: HashMap<String, usize>,
    /// What the kernels of a layer became, by the text of what they are for, the layer and its site.
    by_site: HashMap<String, Vec<Use>>,
}

impl Functions {
    /// The functions that the kernels of `stage` for `what` become, in order. Kernels are made once
    /// for all equal layers whose sites are equal: most of a deep network's are.
    pub(crate) fn of_stage(
        &mut self,
        fused: &Fused,
        stage: &Stage,
        form: (Mode, Form),
        what: &str,
        kernels: impl FnOnce(&Site<'_>) -> Vec<Kernel>,
    ) -> Vec<Use> {
        fused.at_site(stage, form, |site| {
            let key = format!("{what} {:?} {site:?}", fused.layer(stage));
            if let Some(known) = self.by_site.get(&key) {
                return known.clone();
            }
            let kernels = kernels(site).into_iter();
            let uses: Vec<Use> = kernels
                .map(|kernel| self.of_kernel(fused, stage, site, kernel))
                .collect();
            self.by_site.insert(key, uses.clone());
            uses
        })
    }

    fn of_kernel(&mut self, fused: &Fused, stage: &Stage, site: &Site<'_>, kernel: Kernel) -> Use {
        let arguments = kernel.arguments.clone();
        let packed = packed(fused, stage, site, &arguments);
        let signature = arguments
            .iter()
            .map(|argument| parameter(fused, stage, site, *argument, &packed))
            .collect();
        let layer = &fused.graph.graph.nodes[stage.node].name;
        Use {
            function: self.intern(layer, kernel, signature),
            arguments,
        }
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
        let definition = definition(&kernel, &signature);
        let text = format!("{} {definition}", kernel.purpose);
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
                definition,
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

/// The sizes of a layer's packed tensors, if there are some among the arguments.
fn packed(
    fused: &Fused,
    stage: &Stage,
    site: &Site<'_>,
    arguments: &[Argument],
) -> Vec<Vec<usize>> {
    let is_packed = |argument: &Argument| matches!(argument.tensor, Tensor::Packed(_));
    if !arguments.iter().any(is_packed) {
        return Vec::new();
    }
    let packing = fused.layer(stage).packing(site);
    packing
        .expect("only a layer with packed weights names them")
        .shapes
}

fn parameter(
    fused: &Fused,
    stage: &Stage,
    site: &Site<'_>,
    argument: Argument,
    packed: &[Vec<usize>],
) -> Parameter {
    let input = |shape| array(shape, site.form.input);
    let output = |shape| array(shape, site.form.output);
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
            let scratch = fused.layer(stage).scratch(site);
            let (element, _) = input(shape(stage.inputs[0]));
            (
                scratch[k].name.to_owned(),
                (element, scratch[k].sizes.clone()),
            )
        }
        Tensor::Packed(k) => (
            ["packed_weight", "packed_bias"][k].to_owned(),
            (Element::Scalar, packed[k].clone()),
        ),
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
        Tensor::Chosen => ("chosen".to_owned(), output(shape(stage.output))),
        Tensor::ResultGradient => ("d_result".to_owned(), output(shape(stage.results()))),
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
    /// `weight: &[[T; 3]; 4],`
    pub(crate) fn declaration(&self) -> String {
        let element = match self.element {
            Element::Scalar => "T",
            Element::Lanes => "Lanes<T, SAMPLES>",
            Element::Pass => "Pass<'_, T>",
        };
        let sizes = self.sizes.iter().rev();
        let array = sizes.fold(element.to_owned(), |inner, size| {
            format!("[{inner}; {size}]")
        });
        let mutable = match self.access {
            Access::Read => "",
            Access::Write | Access::Update => "mut ",
        };
        format!("{}: &{mutable}{array},", self.name)
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

    #[test]
    fn layers_that_draw_numbers_share_nothing() {
        let plan = planned("A: 8 -> dropout(0.5) -> dense(8) -> dropout(0.5)");
        let forward = called(&plan, &plan.training.forward[0].calls);
        let names = ["dropout1_forward", "dense1_forward", "dropout2_forward"];
        assert_eq!(forward, names);
    }
}
