//! The graph as text, for tests.

use std::fmt::Write as _;

use super::Outline;
use crate::shape::Shape;

impl Outline {
    /// One line per node: its name, what was written, its output, its parameters.
    pub(crate) fn dump(&self) -> String {
        let shape = |value: usize| {
            let shape = self.estimates[value].shape();
            shape.as_ref().map_or("?".to_owned(), Shape::to_string)
        };
        let mut text = format!("{}: {}\n", self.draft.name, shape(0));
        for (index, node) in self.draft.nodes.iter().enumerate() {
            let source = node
                .syntax
                .as_ref()
                .map_or("?".to_owned(), ToString::to_string);
            let _ = write!(text, "  {}: {source} -> {}", node.name, shape(index + 1));
            for parameter in self.parameters[index].iter().flatten() {
                let sizes: Vec<String> = parameter.shape.iter().map(usize::to_string).collect();
                let _ = write!(text, ", {} {}", parameter.name, sizes.join("x"));
            }
            text.push('\n');
        }
        text
    }
}
