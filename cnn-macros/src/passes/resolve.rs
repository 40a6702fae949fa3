//! Names and words.
//!
//! *Needs* a syntax tree. *Leaves* a [`Graph`]: every word a layer with its options read, every
//! layer a unique name, constants evaluated. A step that could not be resolved leaves the graph
//! incomplete, and the passes after it skip the network.

use std::collections::BTreeMap;

use proc_macro2::Span;

use super::constants::{Constants, Number};
use crate::diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use crate::graph::{Graph, Node, ValueId};
use crate::layers::options::{Options, Word};
use crate::layers::{LINTS, Layer, WORDS};
use crate::shape::Shape;
use crate::syntax::{Network, Program, Sizes, Step};

/// Methods of every network, which no label may hide.
const METHODS: [&str; 14] = [
    "new",
    "zeroed",
    "to_f64",
    "parameters",
    "parameters_mut",
    "forward",
    "backward",
    "infer",
    "pack",
    "infer_single",
    "clone",
    "freeze",
    "summary",
    "fmt",
];

/// Layers of the next releases: known words that are not there yet.
const LATER: [&str; 9] = [
    "residual",
    "add",
    "multiply",
    "concat",
    "repeat",
    "net",
    "identity",
    "batch_norm",
    "dropout",
];

/// A network of which as much is known as could be resolved.
pub(crate) struct Resolved {
    pub(crate) graph: Graph,
    /// Whether every step was resolved.
    pub(crate) complete: bool,
}

/// Resolves every network of a program.
pub(crate) fn resolve(program: Program, diagnostics: &mut Diagnostics) -> Vec<Resolved> {
    let constants = Constants::read(&program.constants, diagnostics);
    let mut names: Vec<String> = Vec::new();
    let mut resolved = Vec::new();
    for network in program.networks {
        let name = network.name.to_string();
        if names.contains(&name) {
            let message = format!("the network `{name}` is declared twice");
            diagnostics.error(Diagnostic::new(network.name.span(), message));
            continue;
        }
        names.push(name);
        resolved.push(resolve_network(network, &constants, diagnostics));
    }
    for constant in &program.constants {
        if !constants.is_used(&constant.name.to_string()) {
            diagnostics.warn(crate::diagnostics::Warning {
                name: "unused_constant",
                span: constant.name.span(),
                message: format!("the constant `{}` is never used", constant.name),
                help: None,
            });
        }
    }
    resolved
}

fn resolve_network(
    network: Network,
    constants: &Constants,
    diagnostics: &mut Diagnostics,
) -> Resolved {
    let before = diagnostics.error_count();
    let input = network
        .input
        .as_ref()
        .and_then(|sizes| shape(sizes, constants, diagnostics));
    let asserted = network
        .output
        .as_ref()
        .and_then(|sizes| Some((shape(sizes, constants, diagnostics)?, sizes.span)));
    let labels = Labels::collect(&network.steps, diagnostics);
    let mut counts = BTreeMap::new();
    let mut nodes = Vec::new();
    let mut lost = false;
    for step in &network.steps {
        let name = labels.name(step, &mut counts, diagnostics);
        match layer(step, constants, diagnostics) {
            Some(layer) => {
                let inputs = vec![ValueId(nodes.len())];
                nodes.push(node(step, name, layer, inputs, diagnostics));
            }
            None => {
                lost = true;
                break_off(&network.steps[nodes.len() + 1..], constants, diagnostics);
                break;
            }
        }
    }
    let complete =
        !lost && network.complete && input.is_some() && diagnostics.error_count() == before;
    let input_span = network
        .input
        .as_ref()
        .map_or(network.name.span(), |sizes| sizes.span);
    let graph = Graph {
        attributes: network.attributes,
        visibility: network.visibility,
        name: network.name,
        input: input.unwrap_or(Shape::Flat(1)),
        input_span,
        output: ValueId(nodes.len()),
        nodes,
        asserted: asserted.filter(|_| complete),
    };
    Resolved { graph, complete }
}

/// The steps after one that was lost are still read, so that their own mistakes are reported.
fn break_off(steps: &[Step], constants: &Constants, diagnostics: &mut Diagnostics) {
    for step in steps {
        layer(step, constants, diagnostics);
    }
}

fn node(
    step: &Step,
    name: String,
    layer: Box<dyn Layer>,
    inputs: Vec<ValueId>,
    diagnostics: &mut Diagnostics,
) -> Node {
    for lint in &step.allowed {
        let text = lint.to_string();
        if !LINTS.contains(&text.as_str()) {
            let help = did_you_mean(&text, "the lints are", LINTS.iter().copied());
            let message = format!("`{text}` is not a lint of a network");
            diagnostics.error(Diagnostic::new(lint.span(), message).help(help));
        }
    }
    Node {
        name,
        name_span: step.label.as_ref().unwrap_or(&step.word).span(),
        source_span: step.word.span(),
        source: step.source.clone(),
        allowed: step.allowed.iter().map(ToString::to_string).collect(),
        layer,
        inputs,
    }
}

/// The layer of a step, its word looked up and its options read.
fn layer(
    step: &Step,
    constants: &Constants,
    diagnostics: &mut Diagnostics,
) -> Option<Box<dyn Layer>> {
    let text = step.word.to_string();
    let Some(word) = find(&text) else {
        diagnostics.error(unknown_word(step, &text));
        return None;
    };
    let mut options = Options::new(word, step, constants, diagnostics);
    let layer = (word.build)(&mut options);
    layer.filter(|_| options.succeeded())
}

fn find(text: &str) -> Option<&'static Word> {
    WORDS.iter().copied().find(|word| word.word == text)
}

fn unknown_word(step: &Step, text: &str) -> Diagnostic {
    let span = step.word.span();
    if LATER.contains(&text) {
        return Diagnostic::new(span, format!("`{text}` is not supported yet"));
    }
    let names = WORDS.iter().map(|word| word.word);
    let alias = match text.to_ascii_lowercase().as_str() {
        "conv2d" | "convolution" | "convolution2d" => Some("conv"),
        "linear" | "fc" | "fully_connected" => Some("dense"),
        "maxpool" | "maxpool2d" | "max_pool2d" | "maxpooling2d" => Some("max_pool"),
        "avgpool" | "avgpool2d" | "avg_pool2d" | "averagepooling2d" => Some("avg_pool"),
        _ => None,
    };
    let help = match alias {
        Some(word) => format!("did you mean `{word}`?"),
        None => did_you_mean(text, "the layers are", names),
    };
    Diagnostic::new(span, format!("there is no layer `{text}`")).help(help)
}

/// A shape as it was written.
fn shape(sizes: &Sizes, constants: &Constants, diagnostics: &mut Diagnostics) -> Option<Shape> {
    let mut read = Vec::new();
    for size in &sizes.sizes {
        match constants.evaluate(size) {
            Ok(Number::Integer(value)) if (1..=1 << 31).contains(&value) => {
                read.push(value as usize)
            }
            Ok(Number::Integer(value)) => {
                let message = match value < 1 {
                    true => format!("a shape has no side of {value}"),
                    false => format!("a side of {value} is too large"),
                };
                diagnostics.error(Diagnostic::new(size.span(), message).help("sizes begin at 1"));
            }
            Ok(Number::Float(value)) => {
                let message = format!("a shape has no side of {value}");
                diagnostics.error(Diagnostic::new(size.span(), message));
            }
            Err(diagnostic) => diagnostics.error(diagnostic),
        }
    }
    match (read.as_slice(), sizes.sizes.len()) {
        (&[length], 1) => Some(Shape::Flat(length)),
        (&[channels, height, width], 3) => Some(Shape::Image {
            channels,
            height,
            width,
        }),
        (_, 1 | 3) => None,
        (_, 2) => {
            diagnostics.error(
                Diagnostic::new(
                    sizes.span,
                    "signals of channels x length are not supported yet",
                )
                .help("write channels x height x width, as in `1x28x28`, or a flat length"),
            );
            None
        }
        (_, count) => {
            let message = format!("a shape has three sizes or one, found {count}");
            diagnostics.error(
                Diagnostic::new(sizes.span, message)
                    .help("write channels x height x width, as in `1x28x28`, or a flat length"),
            );
            None
        }
    }
}

/// The labels of a network, checked.
struct Labels {
    all: BTreeMap<String, Span>,
}

impl Labels {
    fn collect(steps: &[Step], diagnostics: &mut Diagnostics) -> Self {
        let mut all = BTreeMap::new();
        for label in steps.iter().filter_map(|step| step.label.as_ref()) {
            let text = label.to_string();
            if let Some(diagnostic) = fault_of_label(label) {
                diagnostics.error(diagnostic);
            } else if all.contains_key(&text) {
                let message = format!("the label `{text}` is given twice");
                diagnostics.error(
                    Diagnostic::new(label.span(), message).help(format!("write `{text}_2: …`")),
                );
            }
            all.entry(text).or_insert(label.span());
        }
        Self { all }
    }

    /// The label, or the word with the number of the layer among those of its kind.
    fn name(
        &self,
        step: &Step,
        counts: &mut BTreeMap<String, usize>,
        diagnostics: &mut Diagnostics,
    ) -> String {
        let word = step.word.to_string();
        let count = counts.entry(word.clone()).or_insert(0);
        *count += 1;
        if let Some(label) = &step.label {
            return label.to_string();
        }
        let name = format!("{word}{count}");
        if let Some(span) = self.all.get(&name) {
            let message = format!(
                "the label `{name}` is also the automatic name of a later or earlier `{word}`"
            );
            diagnostics.error(
                Diagnostic::new(*span, message)
                    .help(format!("label that `{word}` too, or choose another label")),
            );
        }
        name
    }
}

fn fault_of_label(label: &proc_macro2::Ident) -> Option<Diagnostic> {
    let (text, span) = (label.to_string(), label.span());
    let fault = |message: String, help: String| Some(Diagnostic::new(span, message).help(help));
    if find(&text).is_some() || LATER.contains(&text.as_str()) {
        return fault(
            format!("the label `{text}` is the word of a layer"),
            format!("write `my_{text}: …`"),
        );
    }
    if METHODS.contains(&text.as_str()) {
        return fault(
            format!("the label `{text}` is the name of a method of every network"),
            format!("write `{text}_layer: …`"),
        );
    }
    if syn::parse_str::<syn::Ident>(&text).is_err() || text.starts_with("r#") {
        return fault(
            format!("the label `{text}` is a keyword of Rust"),
            format!("write `{text}_layer: …`"),
        );
    }
    let snake = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !snake || text.starts_with('_') {
        return fault(
            format!("the label `{text}` is not in snake_case"),
            format!("write `{}: …`", snake_case(&text)),
        );
    }
    None
}

/// `convOne` as `conv_one`.
fn snake_case(text: &str) -> String {
    let mut snake = String::new();
    for c in text.trim_start_matches('_').chars() {
        if c.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
