//! A layer's fault as a diagnostic, with the layer as it should be written.

use super::bind::Places;
use crate::diagnostics::Diagnostic;
use crate::layers::options::Kind;
use crate::layers::{Change, Fault};
use crate::syntax::LayerSyntax;

/// The fault at its place, with help, without the drawn chain.
pub(crate) fn explain(
    fault: &Fault,
    kind: &Kind,
    layer: &LayerSyntax,
    places: &Places,
) -> Diagnostic {
    let changed: Vec<String> = fault
        .changes
        .iter()
        .map(|change| format!("`{}`", with_change(layer, kind, change)))
        .collect();
    let help = match (changed.as_slice(), &fault.help) {
        ([], None) => None,
        ([], Some(help)) => Some(help.clone()),
        (changed, None) => Some(format!("write {}", changed.join(" or "))),
        (changed, Some(help)) => Some(format!("write {}, or {help}", changed.join(" or "))),
    };
    Diagnostic::new(places.region(fault.at), &fault.message).maybe_help(help)
}

/// The layer as it would be written after a change.
pub(crate) fn with_change(layer: &LayerSyntax, kind: &Kind, change: &Change) -> String {
    let mut window = layer.window.as_ref().map(ToString::to_string);
    let mut arguments: Vec<String> = layer.arguments.iter().map(ToString::to_string).collect();
    match change {
        Change::Window(text) => window = Some(text.clone()),
        Change::Option(name, value) => {
            let position = kind.options.iter().position(|option| option.name == *name);
            let written = layer
                .arguments
                .iter()
                .enumerate()
                .find(|(index, argument)| match &argument.key {
                    Some(key) => key == name,
                    None => Some(*index) == position,
                });
            match written {
                Some((index, argument)) if argument.key.is_none() => {
                    arguments[index].clone_from(value);
                }
                Some((index, _)) => arguments[index] = format!("{name} = {value}"),
                None => arguments.push(format!("{name} = {value}")),
            }
        }
    }
    let window = window.map_or_else(String::new, |window| format!("<{window}>"));
    match arguments.is_empty() {
        true => format!("{}{window}", layer.word),
        false => format!("{}{window}({})", layer.word, arguments.join(", ")),
    }
}
