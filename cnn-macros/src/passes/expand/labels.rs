//! Words that are labels, but not of a value that could be read where they stand.

use super::Expansion;
use crate::syntax::{Argument, Step, Value};

impl Expansion<'_, '_> {
    /// What is wrong with a word that is no layer but a label somewhere, and what would be right.
    pub(super) fn label_out_of_place(&mut self, word: &str) -> Option<(String, String)> {
        if self
            .scopes
            .iter_mut()
            .any(|scope| scope.read(word).is_some())
        {
            let message = format!("unknown layer `{word}`");
            let help = format!(
                "`{word}` is the label of a step; a chain begins at a label only as a branch: \
                 `add({word} -> relu, identity)`"
            );
            return Some((message, help));
        }
        let inner = format!(".{word}");
        let inside = |name: &str| name.strip_suffix(&inner).map(str::to_owned);
        let mut labelled = self.nodes.iter().filter(|node| node.has_label);
        if let Some(piece) = labelled.find_map(|node| inside(&node.name)) {
            let message = format!("the label `{word}` is known only inside of `{piece}`");
            let help = format!("let the chain begin from a label that stands outside of `{piece}`");
            return Some((message, help));
        }
        self.is_written_later(word).then(|| {
            let message = format!("the label `{word}` stands behind this place");
            let help = format!("move the step `{word}` before it, or begin from an earlier label");
            (message, help)
        })
    }

    /// Whether a step of the network, or of a block that is being expanded, has this label.
    fn is_written_later(&self, label: &str) -> bool {
        let library = &self.library;
        self.open.iter().any(|name| {
            let network = library.networks.get(name).map(|network| &network.steps);
            let block = library.blocks.get(name).map(|block| &block.steps);
            let mut steps = network.into_iter().chain(block).flatten();
            steps.any(|step| has_label(step, label))
        })
    }
}

fn has_label(step: &Step, label: &str) -> bool {
    let in_value = |argument: &Argument| match &argument.value {
        Value::Chain(steps, _) => steps.iter().any(|step| has_label(step, label)),
        _ => false,
    };
    let is_inside = |step: &Step| {
        let layer = step.layer.as_ref();
        layer.is_ok_and(|layer| layer.arguments.iter().any(in_value))
    };
    step.label.as_ref().is_some_and(|known| known == label) || is_inside(step)
}
