//! The documentation of the layers, made from their tables.

#![cfg(test)]

use std::fmt::Write as _;

use super::KINDS;
use super::options::{Kind, Presence};

/// All layers and options as Markdown.
fn reference() -> String {
    let mut text = String::from("| layer | what it computes | options |\n|---|---|---|\n");
    for kind in KINDS {
        let options: Vec<String> = kind.options.iter().map(option).collect();
        let options = options.join("; ");
        writeln!(text, "| `{}` | {} | {options} |", form(kind), kind.doc)
            .expect("a string takes all that is written");
    }
    text
}

/// `conv<window>(channels)`
fn form(kind: &Kind) -> String {
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

fn option(option: &super::options::OptionSpec) -> String {
    let super::options::OptionSpec {
        name,
        takes,
        presence,
        doc,
        ..
    } = option;
    match presence {
        Presence::Required(_) => format!("`{name}`: {doc} ({takes})"),
        _ => format!("`{name}`: {doc} ({takes}; default {presence})"),
    }
}

/// `BLESS=1 cargo test` writes the file anew.
#[test]
fn documentation_shows_the_layers_as_they_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/layers.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, reference()).expect("the documentation is writable");
    }
    let written = std::fs::read_to_string(path).expect("the documentation exists");
    assert_eq!(
        written,
        reference(),
        "run `BLESS=1 cargo test -p cnn-macros`"
    );
}
