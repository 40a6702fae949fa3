//! The drawn chain: how a shape came about, up to the fault, with carets under it.

use crate::graph::{Draft, Estimate, ValueId};

/// How wide a drawing may be: what rustc leaves of a terminal of 100 columns.
const WIDTH: usize = 90;

/// Layers and shapes in the order in which they follow each other.
pub(crate) struct Flow {
    links: Vec<String>,
}

impl Flow {
    /// The chain that ends with a node, without the node's output.
    pub(crate) fn up_to(draft: &Draft, estimates: &[Estimate], last: usize) -> Self {
        let mut path = vec![last];
        // So many links fill the width; what stands before them is cut off.
        while path.len() * ARROW.len() <= WIDTH
            && let Some(&first) = path.last()
            && let Some(before) = draft.nodes[first].inputs[0].0.checked_sub(1)
        {
            path.push(before);
        }
        path.reverse();
        let mut links = vec![estimates[0].text()];
        for node in path {
            links.push(written(draft, node));
            let input = estimates[draft.nodes[node].inputs[0].0];
            // A layer that keeps the shape needs no shape behind it.
            if node != last && estimates[node + 1] != input {
                links.push(estimates[node + 1].text());
            }
        }
        Self { links }
    }

    /// All of a network.
    pub(crate) fn of_all(draft: &Draft, estimates: &[Estimate]) -> Self {
        Self::to_value(draft, estimates, draft.output)
    }

    /// The chain that ends with a value.
    pub(crate) fn to_value(draft: &Draft, estimates: &[Estimate], value: ValueId) -> Self {
        let output = estimates[value.0];
        let Some(last) = value.0.checked_sub(1) else {
            return Self {
                links: vec![output.text()],
            };
        };
        let mut flow = Self::up_to(draft, estimates, last);
        if estimates[draft.nodes[last].inputs[0].0] != output {
            flow.links.push(output.text());
        }
        flow
    }

    /// The chain, with carets under its last link.
    pub(crate) fn draw(mut self, note: &str) -> String {
        let width = |links: &[String]| {
            links
                .iter()
                .map(|link| link.chars().count() + ARROW.len())
                .sum::<usize>()
        };
        let mut cut = self.links.len().saturating_sub(3);
        while cut > 0 && width(&self.links[cut - 1..]) <= WIDTH {
            cut -= 1;
        }
        if cut > 0 {
            self.links.splice(..cut, ["…".to_owned()]);
        }
        let Some((last, before)) = self.links.split_last() else {
            return String::new();
        };
        let indent = " ".repeat(2 + width(before));
        let carets = "^".repeat(last.chars().count());
        let underline = format!("{indent}{carets} {note}");
        format!("  {}\n{}", self.links.join(ARROW), underline.trim_end())
    }

    /// The chain with a shape behind it, and carets under the shape.
    pub(crate) fn draw_end(mut self, shape: &str, note: &str) -> String {
        self.links.push(shape.to_owned());
        self.draw(note)
    }
}

const ARROW: &str = " -> ";

/// A node as it was written, with its label.
fn written(draft: &Draft, node: usize) -> String {
    let node = &draft.nodes[node];
    let layer = node
        .syntax
        .as_ref()
        .map_or_else(|| "?".to_owned(), ToString::to_string);
    match node.has_label {
        true => format!("{}: {layer}", node.name),
        false => layer,
    }
}

impl Estimate {
    /// The shape, or a sign that it is not known.
    fn text(self) -> String {
        self.shape()
            .map_or_else(|| "?".to_owned(), |shape| shape.to_string())
    }
}
