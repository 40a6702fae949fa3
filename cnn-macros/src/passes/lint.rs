//! Warns of layers that are legal, but hardly meant where they stand.
//!
//! *Needs* an [`Outline`]; what is missing in it is taken as a layer of which nothing is known. *Leaves*
//! it as it is, and warnings. It knows no layer: it asks each for its
//! [`Properties`](crate::layers::Properties) and for the range of its output. What a layer sees by
//! itself, such as rows that it never reads, is in `Layer::lints`.

#[cfg(test)]
mod tests;

use super::remedy::with_change;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::graph::{DraftNode, Outline};
use crate::layers::{At, Interval, Layer, Lint, Properties, Removal};

/// Finds what is hardly meant.
pub(crate) fn lint(outline: &Outline, diagnostics: &mut Diagnostics) {
    let survey = Survey::of(outline);
    for (index, node) in outline.draft.nodes.iter().enumerate() {
        let lints = [
            survey.void_activation(index),
            survey.repeated_probabilities(index),
            survey.useless_bias(index),
            survey.final_dropout(index),
        ];
        for lint in lints.into_iter().flatten() {
            warn(node, lint, diagnostics);
        }
    }
}

/// Keeps a warning, unless the step or the network allows it.
pub(super) fn warn(node: &DraftNode, lint: Lint, diagnostics: &mut Diagnostics) {
    let Ok((_, places)) = &node.layer else {
        return;
    };
    if !node.allowed.iter().any(|allowed| allowed == lint.name) {
        let diagnostic = Diagnostic::new(places.region(lint.at), lint.message);
        diagnostics.warn(lint.name, diagnostic.maybe_help(lint.help));
    }
}

/// What is known of a network's values and layers.
struct Survey<'a> {
    nodes: &'a [DraftNode],
    /// One per node.
    properties: Vec<Properties>,
    /// One per value: what it can be.
    ranges: Vec<Interval>,
    /// One per value: the node that made it probabilities.
    probabilities: Vec<Option<usize>>,
    /// One per value: the nodes that read it.
    readers: Vec<Vec<usize>>,
}

impl<'a> Survey<'a> {
    fn of(outline: &'a Outline) -> Self {
        let mut survey = Self {
            nodes: &outline.draft.nodes,
            properties: Vec::new(),
            ranges: vec![Interval::ALL],
            probabilities: vec![None],
            readers: vec![Vec::new(); outline.draft.nodes.len() + 1],
        };
        for (index, node) in survey.nodes.iter().enumerate() {
            let layer = layer(node);
            let properties = layer.map_or_else(Properties::default, Layer::properties);
            let inputs: Vec<_> = node.inputs.iter().map(|v| survey.ranges[v.0]).collect();
            let range = layer.map_or(Interval::ALL, |layer| layer.range(&inputs));
            let maker = match properties.keeps_probabilities {
                true => survey.probabilities[node.inputs[0].0],
                false => properties.makes_probabilities.then_some(index),
            };
            for input in &node.inputs {
                survey.readers[input.0].push(index);
            }
            survey.ranges.push(range);
            survey.probabilities.push(maker);
            survey.properties.push(properties);
        }
        survey
    }

    /// An activation that is the identity, or a constant, on all that can flow in.
    fn void_activation(&self, index: usize) -> Option<Lint> {
        let node = &self.nodes[index];
        layer(node)?.elementwise()?;
        let input = self.ranges[node.inputs[0].0];
        let output = self.ranges[index + 1];
        let word = word(node);
        let unchanged = self.properties[index].unchanged_on;
        let message = if unchanged.is_some_and(|interval| interval.contains(input)) {
            format!("`{word}` changes nothing: what flows into it is {input}")
        } else if output.low == output.high {
            format!("`{word}` always gives {output}: what flows into it is {input}")
        } else {
            return None;
        };
        Some(Lint {
            name: "void_activation",
            at: At::Layer,
            message,
            help: Some(format!("leave it out; {}", accept("void_activation"))),
        })
    }

    /// Probabilities that are taken for logits.
    fn repeated_probabilities(&self, index: usize) -> Option<Lint> {
        let node = &self.nodes[index];
        let maker = self.probabilities[node.inputs[0].0]?;
        if !self.properties[index].makes_probabilities {
            return None;
        }
        let (word, maker) = (word(node), &self.nodes[maker].name);
        Some(Lint {
            name: "repeated_probabilities",
            at: At::Layer,
            message: format!(
                "`{word}` makes probabilities of logits, but what flows into it are the \
                 probabilities of `{maker}`"
            ),
            help: Some(format!(
                "leave one of them out; {}",
                accept("repeated_probabilities")
            )),
        })
    }

    /// A constant that every reader of the layer removes.
    fn useless_bias(&self, index: usize) -> Option<Lint> {
        let node = &self.nodes[index];
        let change = self.properties[index].without_constant.as_ref()?;
        let readers = &self.readers[index + 1];
        let first = readers.first()?;
        let is_output = index + 1 == self.nodes.len();
        let removes = |&reader: &usize| match self.properties[reader].removes_constant {
            Removal::None => false,
            Removal::OfSample => true,
            Removal::OfBatch => !self.nodes[reader].is_frozen,
        };
        if is_output || !readers.iter().all(removes) {
            return None;
        }
        let (word, remover) = (word(node), word(&self.nodes[*first]));
        let written = with_change(node.syntax.as_ref()?, node.kind?, change);
        Some(Lint {
            name: "useless_bias",
            at: At::Layer,
            message: format!(
                "the bias of `{word}` has no effect: `{remover}` behind it removes what is added to \
                 a channel"
            ),
            help: Some(format!("write `{written}`; {}", accept("useless_bias"))),
        })
    }

    /// A layer at the end of the network that only disturbs its results.
    fn final_dropout(&self, index: usize) -> Option<Lint> {
        let keeps_end = |later: usize| self.properties[later].keeps_probabilities;
        let is_last = (index + 1..self.nodes.len()).all(keeps_end);
        let disturbs = self.properties[index].only_in_training && !self.nodes[index].is_frozen;
        if !(disturbs && is_last) {
            return None;
        }
        let word = word(&self.nodes[index]);
        Some(Lint {
            name: "final_dropout",
            at: At::Layer,
            message: format!(
                "`{word}` at the end of the network disturbs what is compared with the targets"
            ),
            help: Some(format!(
                "move it before the last layer with weights; {}",
                accept("final_dropout")
            )),
        })
    }
}

fn layer(node: &DraftNode) -> Option<&dyn Layer> {
    node.layer.as_ref().ok()?.0.any()
}

fn word(node: &DraftNode) -> &'static str {
    node.kind.map_or("the layer", |kind| kind.word)
}

/// How a warning is silenced.
fn accept(lint: &str) -> String {
    format!("`#[allow({lint})]` before the step accepts it")
}
