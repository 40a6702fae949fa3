//! Networks in which a value is read more than once.
//!
//! The graphs are made by hand, of layers of one number; and their plans are carried out, so that what is wrong with order, places or sums gives wrong numbers.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use quote::format_ident;
use syn::Visibility;

use crate::diagnostics::testing::find;
use crate::emit;
use crate::graph::{Graph, Node, ShapedGraph, ValueId};
use crate::kernel::{Argument, Kernel, Site, Tensor};
use crate::layers::{Fault, Layer, Parameter, Role};
use crate::layout::Mode;
use crate::passes::fuse::fuse;
use crate::passes::layout::lay_out;
use crate::passes::plan::{Action, Call, Place, Plan, plan};
use crate::shape::Shape;

/// A layer of one number.
#[derive(Clone, Copy, Debug)]
enum Toy {
    /// `weight · input`
    Scale,
    /// `input²`
    Square,
    /// `input + other`
    Sum,
}

impl Layer for Toy {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        let weight = || Parameter {
            name: "weight",
            shape: vec![1],
            role: Role::Weight {
                fan_in: 1,
                fan_out: 1,
            },
        };
        Vec::from_iter(matches!(self, Self::Scale).then(weight))
    }

    fn forward(&self, _site: &Site<'_>) -> Kernel {
        use Tensor::{Input, Output, Parameter};
        let (purpose, read) = match self {
            Self::Scale => ("scale", vec![Input(0), Parameter(0)]),
            Self::Square => ("square", vec![Input(0)]),
            Self::Sum => ("sum", vec![Input(0), Input(1)]),
        };
        kernel(purpose, read, Output.write())
    }

    fn backward(&self, _site: &Site<'_>) -> Vec<Kernel> {
        use Tensor::{Input, InputGradient, OutputGradient, Parameter, ParameterGradient};
        let (d_weight, d_input) = (ParameterGradient(0).update(), InputGradient(0).write());
        match self {
            Self::Scale => vec![
                kernel("scale_weight", vec![Input(0), OutputGradient], d_weight),
                kernel("scale_input", vec![Parameter(0), OutputGradient], d_input),
            ],
            Self::Square => vec![kernel(
                "square_input",
                vec![Input(0), OutputGradient],
                d_input,
            )],
            Self::Sum => vec![
                kernel("sum_input", vec![OutputGradient], d_input),
                kernel("sum_input", vec![OutputGradient], InputGradient(1).write()),
            ],
        }
    }
}

/// A kernel without loops: [`Machine`] knows by its purpose what it computes.
fn kernel(purpose: &'static str, read: Vec<Tensor>, written: Argument) -> Kernel {
    let read = read.into_iter().map(Tensor::read);
    Kernel {
        purpose,
        doc: Vec::new(),
        arguments: read.chain([written]).collect(),
        items: TokenStream::new(),
        body: TokenStream::new(),
    }
}

/// A graph of layers of one number, each with the values that it reads.
fn graph(layers: &[(Toy, &[usize])]) -> ShapedGraph {
    let number = Shape::Flat(1);
    let nodes = layers
        .iter()
        .enumerate()
        .map(|(index, (layer, inputs))| Node {
            name: format!("node{index}"),
            name_span: Span::call_site(),
            source: format!("{layer:?}"),
            docs: Vec::new(),
            is_frozen: false,
            layer: Box::new(*layer),
            inputs: inputs.iter().map(|&value| ValueId(value)).collect(),
        });
    ShapedGraph {
        shapes: vec![number; layers.len() + 1],
        parameters: layers
            .iter()
            .map(|(layer, _)| layer.parameters(&[number]))
            .collect(),
        graph: Graph {
            attributes: Vec::new(),
            avoided: None,
            visibility: Visibility::Inherited,
            name: format_ident!("Shared"),
            input: number,
            output: ValueId(layers.len()),
            nodes: nodes.collect(),
        },
    }
}

/// Carries out the calls of a plan, on one sample.
struct Machine<'a> {
    plan: &'a Plan,
    arena: Vec<f64>,
    weight: f64,
    d_weight: f64,
}

impl<'a> Machine<'a> {
    /// Nothing has been computed, and what is read all the same spoils the result.
    fn new(plan: &'a Plan, weight: f64) -> Self {
        Self {
            plan,
            arena: vec![f64::NAN; plan.training.kept.len],
            weight,
            d_weight: 0.0,
        }
    }

    /// The output, and the gradients of it by the input and by the weight.
    fn train(mut self, input: f64) -> [f64; 3] {
        let training = &self.plan.training;
        *self.at(&training.input) = input;
        self.run(&training.forward[0].calls);
        let output = *self.at(&training.output);
        *self.at(&training.d_output) = 1.0;
        self.run(&training.backward[0].calls);
        [output, *self.at(&training.d_input), self.d_weight]
    }

    fn at(&mut self, place: &Range<usize>) -> &mut f64 {
        assert_eq!(place.len(), 1);
        &mut self.arena[place.start]
    }

    fn tensor(&mut self, place: &Place) -> &mut f64 {
        match place {
            Place::Arena(range) => self.at(range),
            Place::Parameters(_) => &mut self.weight,
            Place::Gradients(_) => &mut self.d_weight,
            other => unreachable!("these layers have nothing like {other:?}"),
        }
    }

    fn run(&mut self, calls: &[Call]) {
        for call in calls {
            let places: Vec<&Place> = call.bindings.iter().map(|binding| &binding.place).collect();
            let numbers: Vec<f64> = places.iter().map(|place| *self.tensor(place)).collect();
            let (result, written) = match (purpose(self.plan, call), numbers.as_slice()) {
                ("scale", [x, weight, _]) => (weight * x, 2),
                ("square", [x, _]) => (x * x, 1),
                ("sum", [a, b, _]) => (a + b, 2),
                ("scale_weight", [x, d, d_weight]) => (d_weight + x * d, 2),
                ("scale_input", [weight, d, _]) => (weight * d, 2),
                ("square_input", [x, d, _]) => (2.0 * x * d, 2),
                ("sum_input", [d, _]) => (*d, 1),
                ("add", [into, from]) => (into + from, 0),
                (purpose, numbers) => unreachable!("{purpose} of {numbers:?}"),
            };
            *self.tensor(places[written]) = result;
        }
    }
}

/// What a call computes.
fn purpose(plan: &Plan, call: &Call) -> &'static str {
    match call.action {
        Action::Function(index) => plan.functions.all[index].kernel.purpose,
        Action::Add => "add",
    }
}

#[test]
fn the_gradients_of_a_value_that_is_read_twice_are_added() {
    // s = weight · x, output = s + s²
    let plan = plan(lay_out(fuse(graph(&[
        (Toy::Scale, &[0]),
        (Toy::Square, &[1]),
        (Toy::Sum, &[1, 2]),
    ]))));
    let backward = &plan.training.backward[0].calls;
    let order: Vec<&str> = backward.iter().map(|call| purpose(&plan, call)).collect();
    let first = ["sum_input", "sum_input", "square_input", "add"];
    assert_eq!(
        order,
        [&first[..], &["scale_weight", "scale_input"]].concat()
    );
    // Only the last call is for the input alone: the others lead to the weight.
    let for_input: Vec<bool> = backward.iter().map(|call| call.only_for_input).collect();
    assert_eq!(for_input, [false, false, false, false, false, true]);
    // s = 6; by s: 1 + 2 · 6 = 13
    assert_eq!(Machine::new(&plan, 2.0).train(3.0), [42.0, 26.0, 39.0]);
}

#[test]
fn the_gradients_of_an_input_that_is_read_three_times_are_added() {
    // output = (x + x²) + x
    let plan = plan(lay_out(fuse(graph(&[
        (Toy::Square, &[0]),
        (Toy::Sum, &[0, 1]),
        (Toy::Sum, &[2, 0]),
    ]))));
    let backward = &plan.training.backward[0].calls;
    let order: Vec<&str> = backward.iter().map(|call| purpose(&plan, call)).collect();
    assert_eq!(
        order,
        [
            "sum_input",
            "sum_input",
            "sum_input",
            "add",
            "sum_input",
            "square_input",
            "add"
        ]
    );
    // There is nothing to be learned, so all of it is for the input.
    assert!(backward.iter().all(|call| call.only_for_input));
    assert_eq!(Machine::new(&plan, f64::NAN).train(3.0), [15.0, 8.0, 0.0]);
}

#[test]
fn an_added_gradient_is_emitted_as_an_addition_in_the_arena() {
    let plan = plan(lay_out(fuse(graph(&[
        (Toy::Square, &[0]),
        (Toy::Sum, &[0, 1]),
    ]))));
    let add = plan.training.backward[0]
        .calls
        .last()
        .expect("there are calls");
    assert_eq!(add.action, Action::Add);
    let ranges: Vec<String> = add
        .bindings
        .iter()
        .map(|binding| match &binding.place {
            Place::Arena(range) => format!("{} .. {}", range.start, range.end),
            other => panic!("a gradient of a value stands in {other:?}"),
        })
        .collect();
    let code = emit::emit(&plan, &format_ident!("cnn")).to_string();
    let expected = format!(
        "let [into , from] = regions (arena , [{}]) ; add_assign (simd , into , from) ;",
        ranges.join(" , ")
    );
    assert!(code.contains(&expected), "{expected} in {code}");
}

#[test]
fn an_activation_is_not_fused_if_another_layer_reads_its_input() {
    let chain = || {
        let mut outlines = find("A: 4 -> dense(4) -> relu").outlines;
        let outline = outlines.pop().expect("one network was declared");
        outline.complete().expect("the declaration has no mistakes")
    };
    assert_eq!(fuse(chain()).stages(Mode::Training).len(), 1);

    let mut residual = chain();
    let sum = graph(&[(Toy::Sum, &[1, 2])]);
    residual.graph.nodes.extend(sum.graph.nodes);
    residual.graph.output = ValueId(3);
    residual.shapes.push(Shape::Flat(4));
    residual.parameters.push(Vec::new());
    let fused = fuse(residual);
    assert_eq!(fused.stages(Mode::Training).len(), 3);
    // The activation's gradient by the shared value is the second one.
    let plan = plan(lay_out(fused));
    let backward = plan.training.backward[0].calls.iter();
    let order: Vec<&str> = backward.map(|call| purpose(&plan, call)).collect();
    assert_eq!(
        order[..4],
        ["sum_input", "sum_input", "input_gradient", "add"]
    );
}
