//! Shapes.
//!
//! *Needs* a complete [`Graph`]. *Leaves* a [`ShapedGraph`]: every value has a shape, every layer
//! its parameters. A layer that cannot take its input is reported with the chain up to it; what
//! follows is then only checked as far as the layer's own options tell its output.

use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::graph::{Graph, ShapedGraph};
use crate::layers::Fault;
use crate::shape::Shape;

/// The most elements of a value and parameters of a network: what 32-bit offsets can address.
const MOST_ELEMENTS: usize = 1 << 31;

/// Gives every value its shape; `None` if a layer does not fit.
pub(crate) fn infer(graph: Graph, diagnostics: &mut Diagnostics) -> Option<ShapedGraph> {
    let before = diagnostics.error_count();
    // `None` is a shape that could not be known because of an earlier mistake.
    let mut shapes: Vec<Option<Shape>> = vec![checked_size(&graph, graph.input, 0, diagnostics)];
    let mut parameters = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let inputs: Option<Vec<Shape>> = node.inputs.iter().map(|value| shapes[value.0]).collect();
        let Some(inputs) = inputs else {
            shapes.push(node.layer.output_without_input());
            parameters.push(Vec::new());
            continue;
        };
        match node.layer.output(&inputs) {
            Ok(output) => {
                shapes.push(checked_size(&graph, output, index + 1, diagnostics));
                parameters.push(node.layer.parameters(&inputs));
                warn(&graph, index, &inputs, diagnostics);
            }
            Err(fault) => {
                diagnostics.error(explain(&graph, index, &shapes, fault));
                shapes.push(node.layer.output_without_input());
                parameters.push(Vec::new());
            }
        }
    }
    check_output(&graph, &shapes, diagnostics);
    check_parameters(&graph, &parameters, diagnostics);
    if diagnostics.error_count() > before {
        return None;
    }
    let shapes = shapes.into_iter().collect::<Option<Vec<Shape>>>()?;
    Some(ShapedGraph {
        graph,
        shapes,
        parameters,
    })
}

fn checked_size(
    graph: &Graph,
    shape: Shape,
    value: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Shape> {
    let product = shape
        .sizes()
        .iter()
        .try_fold(1usize, |n, &size| n.checked_mul(size));
    if product.is_some_and(|elements| elements <= MOST_ELEMENTS) {
        return Some(shape);
    }
    let span = match value.checked_sub(1) {
        Some(node) => graph.nodes[node].source_span,
        None => graph.input_span,
    };
    let message = format!("a value of {shape} has more than 2^31 elements");
    diagnostics.error(Diagnostic::new(span, message));
    None
}

fn check_parameters(
    graph: &Graph,
    parameters: &[Vec<crate::layers::Parameter>],
    diagnostics: &mut Diagnostics,
) {
    for (node, list) in graph.nodes.iter().zip(parameters) {
        for parameter in list {
            let count = parameter
                .shape
                .iter()
                .try_fold(1usize, |n, &size| n.checked_mul(size));
            if count.is_none_or(|count| count > MOST_ELEMENTS) {
                let sizes: Vec<String> = parameter.shape.iter().map(usize::to_string).collect();
                let message = format!(
                    "the {} of `{}` has {} elements, more than 2^31",
                    parameter.name,
                    node.name,
                    sizes.join(" x ")
                );
                diagnostics.error(Diagnostic::new(node.source_span, message));
            }
        }
    }
}

fn warn(graph: &Graph, index: usize, inputs: &[Shape], diagnostics: &mut Diagnostics) {
    let node = &graph.nodes[index];
    for lint in node.layer.lints(inputs) {
        if !node.allowed.iter().any(|allowed| allowed == lint.name) {
            diagnostics.warn(Warning {
                name: lint.name,
                span: lint.span,
                message: format!("`{}`: {}", node.name, lint.message),
                help: lint.help,
            });
        }
    }
}

/// A fault of a layer with the chain that led to its input.
fn explain(graph: &Graph, index: usize, shapes: &[Option<Shape>], fault: Fault) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(fault.span, fault.message).maybe_help(fault.help);
    diagnostic.flow = Some(flow(graph, index, shapes));
    diagnostic
}

/// The chain with its shapes, the layer at fault underlined:
///
/// ```text
///   1x8x8 -> conv<5x5>(6) -> 6x4x4 -> conv<5x5>(16)
///                                     ^^^^^^^^^^^^^
/// ```
fn flow(graph: &Graph, index: usize, shapes: &[Option<Shape>]) -> String {
    /// Steps that are drawn before the fault; more would not fit a line.
    const DRAWN: usize = 4;
    let mut line = String::from("  ");
    let first = index.saturating_sub(DRAWN);
    if first > 0 {
        line.push_str("… -> ");
    }
    let write = |shape: Option<Shape>| shape.map_or("?".to_owned(), |shape| shape.to_string());
    line.push_str(&write(shapes[first]));
    for node in first..index {
        let (source, shape) = (&graph.nodes[node].source, write(shapes[node + 1]));
        line.push_str(&format!(" -> {source} -> {shape}"));
    }
    line.push_str(" -> ");
    let (indent, source) = (line.chars().count(), &graph.nodes[index].source);
    format!(
        "{line}{source}\n{}{}",
        " ".repeat(indent),
        "^".repeat(source.chars().count())
    )
}

/// The shape that ends the declaration must be the one that comes out.
fn check_output(graph: &Graph, shapes: &[Option<Shape>], diagnostics: &mut Diagnostics) {
    let (Some((asserted, span)), Some(found)) = (graph.asserted, shapes[graph.output.0]) else {
        return;
    };
    if asserted == found {
        return;
    }
    let mut diagnostic = Diagnostic::new(
        span,
        format!("the network ends with {found}, not with {asserted}"),
    );
    let last = graph.nodes.iter().rev().find_map(|node| {
        node.layer
            .with_outputs(asserted, found)
            .map(|source| (node, source))
    });
    diagnostic = match last {
        Some((node, source)) => diagnostic.help(format!(
            "write `{source}` for `{}`, or end with `{found}`",
            node.source
        )),
        None => diagnostic.help(format!("end with `{found}`")),
    };
    if !graph.nodes.is_empty() {
        diagnostic.flow = Some(chain_end(graph, found));
    }
    diagnostics.error(diagnostic);
}

fn chain_end(graph: &Graph, found: Shape) -> String {
    let last = &graph.nodes[graph.nodes.len() - 1];
    format!("  … -> {} -> {found}", last.source)
}
