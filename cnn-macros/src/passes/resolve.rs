//! Gives every word its meaning: layers, options, labels, constants.
//!
//! *Needs* the tree. *Leaves* one [`Draft`] per network: its nodes in topological order, every one
//! with a name, and with a layer if it could be understood. No value has a shape yet. Networks of other
//! places that nobody has fetched are only named.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::attributes::take_allowed;
use super::constants::Constants;
use super::expand::{Expansion, Library};
use super::names;
use super::network_attributes;
use super::values::Values;
use crate::diagnostics::{Diagnostic, Diagnostics, Region};
use crate::foreign::Fetched;
use crate::graph::{Draft, DraftNode, ValueId};
use crate::syntax::{Declaration, NetworkItem, NetworkPath};

/// The networks of a declaration.
pub(crate) struct Resolved {
    pub(crate) drafts: Vec<Draft>,
    /// Networks of other places that have to be fetched before anything else can be said.
    pub(crate) missing: Vec<NetworkPath>,
}

/// Resolves all networks of a declaration, which may use those that were fetched.
pub(crate) fn resolve(
    declaration: Declaration,
    fetched: Vec<Fetched>,
    diagnostics: &mut Diagnostics,
) -> Resolved {
    let mut constants = Constants::new(declaration.constants, diagnostics);
    let mut library = Library::new(declaration.blocks, &declaration.networks, diagnostics);
    library.fetch(fetched, diagnostics);
    let mut seen = HashSet::new();
    let mut drafts = Vec::new();
    for item in declaration.networks {
        let is_new = names::check_network(&item.name, &mut seen, diagnostics);
        let mut values = Values {
            constants: &mut constants,
            diagnostics,
        };
        let draft = network(item, &mut library, &mut values);
        // A second network of the same name would only bring rustc's own complaint.
        if is_new {
            drafts.push(draft);
        }
    }
    let missing = std::mem::take(&mut library.missing);
    library.finish(diagnostics);
    constants.finish(diagnostics);
    Resolved { drafts, missing }
}

fn network(mut item: NetworkItem, library: &mut Library, values: &mut Values<'_>) -> Draft {
    let allowed_everywhere = take_allowed(&mut item.attributes);
    let avoided = network_attributes::take_avoided(&mut item.attributes, values.diagnostics);
    network_attributes::check(&mut item.attributes, &item.name, values.diagnostics);
    let name_region = Region::from(&item.name);
    let input = match &item.input {
        Ok(shape) => values.shape(shape),
        Err(reported) => Err(*reported),
    };
    let (expansion, output) = Expansion::run(library, values, &item);
    let Expansion {
        mut nodes,
        expectations,
        freezes,
        ..
    } = expansion;
    // Steps such as `identity` alone leave the network without a layer too.
    let is_meant = item.steps.is_empty() || !values.diagnostics.has_errors();
    if nodes.is_empty() && input.is_ok() && is_meant {
        let message = format!("the network `{}` has no layers", item.name);
        let help = format!("add one: `{}: … -> relu`", item.name);
        let diagnostic = Diagnostic::new(name_region, message).help(help);
        values.diagnostics.report(diagnostic);
    }
    for node in &mut nodes {
        node.allowed.extend(allowed_everywhere.iter().cloned());
    }
    report_dead(&nodes, output, values.diagnostics);
    let asserted = item
        .asserted
        .map(|shape| (values.shape(&shape), shape.region));
    Draft {
        attributes: item.attributes,
        avoided,
        visibility: item.visibility,
        name: item.name,
        input,
        nodes,
        output,
        expectations,
        freezes,
        asserted,
    }
}

/// Reports steps whose output nothing reads, each branch of them once, at its end.
fn report_dead(nodes: &[DraftNode], output: ValueId, diagnostics: &mut Diagnostics) {
    // A step with a mistake may have been meant to read it.
    if nodes.iter().any(|node| node.layer.is_err()) {
        return;
    }
    let mut is_read = vec![false; nodes.len() + 1];
    let mut is_alive = vec![false; nodes.len() + 1];
    is_alive[output.0] = true;
    for (index, node) in nodes.iter().enumerate().rev() {
        for input in &node.inputs {
            is_read[input.0] = true;
            is_alive[input.0] |= is_alive[index + 1];
        }
    }
    for (index, node) in nodes.iter().enumerate() {
        if is_alive[index + 1] || is_read[index + 1] {
            continue;
        }
        let message = format!("nothing reads the output of `{}`", node.name);
        let help = "take the step out, or let a branch begin from its label";
        diagnostics.report(Diagnostic::new(node.name_span, message).help(help));
    }
}
