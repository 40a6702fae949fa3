//! The table of all layers, made from their own tables of options.

#![cfg(test)]

use std::fmt::Write as _;

use super::KINDS;
use super::options::{Kind, OptionSpec, Presence};

/// All layers with their options as Markdown.
pub(super) fn table() -> String {
    let mut text = String::from("| layer | what it computes | options |\n|---|---|---|\n");
    for kind in KINDS {
        let (form, word) = (form(kind), kind.word);
        let options: Vec<String> = kind.options.iter().filter_map(with_default).collect();
        let options = options.join(", ");
        writeln!(
            text,
            "| [`{form}`](crate::layers::{word}) | {} | {options} |",
            kind.doc
        )
        .expect("a string takes all that is written");
    }
    text
}

/// `conv<window>(channels)`
pub(super) fn form(kind: &Kind) -> String {
    let window = if kind.has_window { "<window>" } else { "" };
    let required: Vec<&str> = kind
        .options
        .iter()
        .filter(|option| matches!(option.presence, Presence::Required(_)))
        .map(|option| option.name)
        .collect();
    match required.is_empty() {
        true => format!("{}{window}", kind.word),
        false => format!("{}{window}({})", kind.word, required.join(", ")),
    }
}

/// `` `stride = 1` ``, of an option that the form does not show.
fn with_default(option: &OptionSpec) -> Option<String> {
    let name = option.name;
    match option.presence {
        Presence::Required(_) => None,
        Presence::Default(setting) => Some(format!("`{name} = {setting}`")),
        Presence::Computed(from) => Some(format!("`{name}` = {from}")),
    }
}
