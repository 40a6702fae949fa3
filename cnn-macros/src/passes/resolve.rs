//! Gives every word its meaning: layers, options, labels, constants.
//!
//! *Needs* the tree. *Leaves* one [`Draft`] per network: its nodes in topological order, every one
//! with a name, and with a layer if it could be understood. No value has a shape yet.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use proc_macro2::Span;

use super::attributes::{allowed, documentation, take_allowed};
use super::bind::{Places, bind};
use super::constants::Constants;
use super::names::{self, Names};
use super::remedy::explain;
use super::values::Values;
use super::variants::Variants;
use crate::diagnostics::{Diagnostic, Diagnostics, Region, Reported, closest};
use crate::graph::{Draft, DraftNode, ValueId};
use crate::layers::options::Kind;
use crate::layers::{KINDS, UPCOMING, kind};
use crate::syntax::{Declaration, LayerSyntax, NetworkItem, Step};

/// Resolves all networks of a declaration.
pub(crate) fn resolve(declaration: Declaration, diagnostics: &mut Diagnostics) -> Vec<Draft> {
    let mut constants = Constants::new(declaration.constants, diagnostics);
    let mut seen = HashSet::new();
    let mut drafts = Vec::new();
    for item in declaration.networks {
        let is_new = names::check_network(&item.name, &mut seen, diagnostics);
        let mut values = Values {
            constants: &mut constants,
            diagnostics,
        };
        let draft = network(item, &mut values);
        // A second network of the same name would only bring rustc's own complaint.
        if is_new {
            drafts.push(draft);
        }
    }
    constants.finish(diagnostics);
    drafts
}

fn network(mut item: NetworkItem, values: &mut Values<'_>) -> Draft {
    let allowed_everywhere = take_allowed(&mut item.attributes);
    let name_region = Region::from(&item.name);
    let input = match &item.input {
        Ok(shape) => values.shape(shape),
        Err(reported) => Err(*reported),
    };
    if item.steps.is_empty() && input.is_ok() {
        let message = format!("the network `{}` has no layers", item.name);
        let help = format!("add one: `{}: … -> relu`", item.name);
        let diagnostic = Diagnostic::new(name_region, message).help(help);
        values.diagnostics.report(diagnostic);
    }
    let names = Names::assign(&item.steps, values.diagnostics);
    let steps = item.steps.into_iter().zip(names.all).enumerate();
    let nodes = steps.map(|(index, (step, name))| {
        let mut node = self::step(step, name, &names.labels, values);
        node.allowed.extend(allowed_everywhere.iter().cloned());
        node.inputs = vec![ValueId(index)];
        node
    });
    let nodes = nodes.collect();
    let asserted = item
        .asserted
        .map(|shape| (values.shape(&shape), shape.region));
    Draft {
        attributes: item.attributes,
        visibility: item.visibility,
        name: item.name,
        input,
        nodes,
        asserted,
    }
}

fn step(step: Step, name: String, labels: &[String], values: &mut Values<'_>) -> DraftNode {
    let syntax = step.layer.ok();
    let word_span = syntax.as_ref().map(|syntax| syntax.word.span());
    let label_span = step.label.as_ref().map(proc_macro2::Ident::span);
    let (kind, layer) = match &syntax {
        Some(syntax) => {
            let known = layer_kind(syntax, labels, values.diagnostics);
            let layer = known.and_then(|kind| layer(kind, syntax, values));
            (known.ok(), layer)
        }
        None => (None, Err(Reported)),
    };
    DraftNode {
        name,
        name_span: label_span.or(word_span).unwrap_or_else(Span::call_site),
        has_label: step.label.is_some(),
        docs: documentation(&step.attributes),
        allowed: allowed(&step.attributes, values.diagnostics),
        inputs: Vec::new(),
        syntax,
        kind,
        layer,
    }
}

fn layer(
    kind: &'static Kind,
    syntax: &LayerSyntax,
    values: &mut Values<'_>,
) -> Result<(Variants, Places), Reported> {
    let bound = bind(kind, syntax, values)?;
    match Variants::build(kind, &bound.settings) {
        Ok(layer) => Ok((layer, bound.places)),
        Err(fault) => {
            let diagnostic = explain(&fault, kind, syntax, &bound.places);
            Err(values.diagnostics.report(diagnostic))
        }
    }
}

/// The layer of a word, or what else the word may have been.
fn layer_kind(
    syntax: &LayerSyntax,
    labels: &[String],
    diagnostics: &mut Diagnostics,
) -> Result<&'static Kind, Reported> {
    let word = syntax.word.to_string();
    if let Some(kind) = kind(&word) {
        return Ok(kind);
    }
    let region = Region::from(&syntax.word);
    if UPCOMING.contains(&word.as_str()) {
        let message = format!("`{word}` is not supported yet");
        let help = "a network is a chain of layers for now";
        return Err(diagnostics.report(Diagnostic::new(region, message).help(help)));
    }
    let help = if labels.contains(&word) {
        format!(
            "`{word}` is the label of a step; chains that begin at a label are not supported yet"
        )
    } else if let Some(meant) = meant(&word) {
        format!("did you mean `{meant}`?")
    } else {
        let words = KINDS.iter().map(|kind| kind.word);
        format!("the layers are {}", crate::diagnostics::list(words))
    };
    let message = format!("unknown layer `{word}`");
    Err(diagnostics.report(Diagnostic::new(region, message).help(help)))
}

/// The layer that other libraries call `word`, or the one whose word is nearest.
fn meant(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let other = KINDS
        .iter()
        .find(|kind| kind.other_names.contains(&lower.as_str()));
    let words = || KINDS.iter().map(|kind| kind.word);
    other
        .map(|kind| kind.word)
        .or_else(|| closest(word, words().chain(UPCOMING.iter().copied())))
}
