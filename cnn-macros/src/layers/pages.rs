//! A page of documentation for each layer: what stands at the top of its file from the first heading on,
//! and between that its options, from the table that the parser uses.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr as _;
use std::{env, fs, io};

use proc_macro2::{TokenStream, TokenTree};

use super::KINDS;
use super::options::{Kind, OptionSpec, Presence, Takes};
use super::reference::{form, table};
use crate::analyze;
use crate::diagnostics::Diagnostics;
use crate::foreign::Call;
use crate::graph::Outline;

/// The headings of a page in order. `Options` is made here, the others stand in the layer's file.
const HEADINGS: &[&str] = &[
    "Formula",
    "Shapes",
    "Options",
    "Parameters",
    "Gradient",
    "Ties and NaN",
    "Training and inference",
    "Source",
    "Example",
];

/// Those that a page can do without.
const OPTIONAL: &[&str] = &[
    "Options",
    "Parameters",
    "Ties and NaN",
    "Training and inference",
];

/// The head of the module that holds the pages, in the crate `cnn`.
const HEAD: &str = "\
//! The layers of [`network!`](crate::network): a page for each, with formula, shapes, options, gradient,
//! source and an example.
//!
//! The modules hold documentation and nothing else. In formulas an image is `[c][y][x]`, a signal
//! `[c][x]`, and a vector `[i]`; `d_x` is the gradient of the loss by `x`. A gradient by a parameter (`+=`)
//! is summed up over the samples of a batch. Where an image is spoken of, a signal is an image of one row.
//!
//! Written by `BLESS=1 cargo test -p cnn-macros`, of the files in `cnn-macros/src/layers/`.
//!
#![doc = include_str!(\"layers.md\")]
";

/// The text at the top of the layer's file, by headings.
fn written(kind: &Kind) -> io::Result<BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers");
    let word = kind.word;
    let source = fs::read_to_string(folder.join(format!("{word}.rs")))
        .or_else(|_| fs::read_to_string(folder.join(format!("{word}/mod.rs"))))?;
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let (mut sections, mut heading, mut is_code) = (BTreeMap::new(), None, false);
    for line in lines.map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        is_code ^= line.starts_with("```");
        match line.strip_prefix("# ").filter(|_| !is_code) {
            Some(found) => heading = Some(found.to_owned()),
            None => {
                // What stands before the first heading is for readers of the code.
                let Some(heading) = &heading else { continue };
                let section: &mut String = sections.entry(heading.clone()).or_default();
                section.push_str(line);
                section.push('\n');
            }
        }
    }
    Ok(sections)
}

/// The page as Markdown.
fn page(kind: &Kind) -> io::Result<String> {
    let mut sections = written(kind)?;
    if !kind.options.is_empty() {
        sections.insert("Options".to_owned(), options(kind));
    }
    let mut text = format!("`{}`: {}.\n", form(kind), kind.doc);
    for heading in HEADINGS {
        if let Some(section) = sections.get(*heading) {
            let section = section.trim();
            write!(text, "\n# {heading}\n\n{section}\n")
                .expect("a string takes all that is written");
        }
    }
    Ok(text)
}

/// The layer's options as a table.
fn options(kind: &Kind) -> String {
    let rows: Vec<String> = kind.options.iter().map(row).collect();
    format!(
        "| option | what it is | takes | default |\n|---|---|---|---|\n{}",
        rows.concat()
    )
}

fn row(option: &OptionSpec) -> String {
    let OptionSpec {
        name,
        takes,
        presence,
        doc,
        ..
    } = option;
    let least = match takes {
        Takes::Count | Takes::Sides => ", at least 1",
        Takes::Margins | Takes::Padding | Takes::BySide => ", at least 0",
        _ => "",
    };
    let default = match presence {
        Presence::Required(example) => format!("none: write for example `{example}`"),
        _ => presence.to_string(),
    };
    format!("| `{name}` | {doc} | {takes}{least} | {default} |\n")
}

/// The module of all pages. What other libraries call a layer finds its page.
fn module() -> String {
    let mut text = HEAD.to_owned();
    for kind in KINDS {
        let word = kind.word;
        write!(text, "\n#[doc = include_str!(\"layers/{word}.md\")]\n")
            .expect("a string takes all that is written");
        for name in kind.other_names {
            writeln!(text, "#[doc(alias = \"{name}\")]")
                .expect("a string takes all that is written");
        }
        writeln!(text, "pub mod {word} {{}}").expect("a string takes all that is written");
    }
    text
}

/// Every file of the documentation, from `src/` of the crate `cnn`.
fn files() -> io::Result<BTreeMap<String, String>> {
    let pages = KINDS
        .iter()
        .map(|kind| Ok((format!("layers/{}.md", kind.word), page(kind)?)));
    pages
        .chain([
            Ok(("layers.md".to_owned(), table())),
            Ok(("layers.rs".to_owned(), module())),
        ])
        .collect()
}

/// `BLESS=1 cargo test` writes the files anew.
#[test]
fn documentation_shows_the_layers_as_they_are() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let (files, folder) = (files()?, root.join("layers"));
    if env::var_os("BLESS").is_some() {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        for (name, text) in &files {
            fs::write(root.join(name), text)?;
        }
    }
    for (name, text) in &files {
        let stored = fs::read_to_string(root.join(name)).unwrap_or_default();
        let advice = "run `BLESS=1 cargo test -p cnn-macros`";
        assert_eq!(
            &stored, text,
            "src/{name} is not as the layers are: {advice}"
        );
    }
    // A page without a layer would say what is no longer true.
    assert_eq!(fs::read_dir(folder)?.count(), KINDS.len());
    Ok(())
}

#[test]
fn every_layer_has_all_parts_of_a_page() -> io::Result<()> {
    for kind in KINDS {
        let (word, sections) = (kind.word, written(kind)?);
        for heading in sections.keys() {
            let is_known = heading != "Options" && HEADINGS.contains(&heading.as_str());
            assert!(is_known, "the page of `{word}` has the heading {heading}");
        }
        for heading in HEADINGS
            .iter()
            .filter(|heading| !OPTIONAL.contains(heading))
        {
            let is_there = sections
                .get(*heading)
                .is_some_and(|text| !text.trim().is_empty());
            assert!(is_there, "the page of `{word}` has no {heading}");
        }
    }
    Ok(())
}

/// Parameters and statistics, whose names and initial values no table has.
#[test]
fn pages_name_the_parameters_that_their_examples_have() -> io::Result<()> {
    for kind in KINDS {
        let (word, sections) = (kind.word, written(kind)?);
        let rows = sections
            .get("Parameters")
            .map_or("", String::as_str)
            .lines();
        let said: BTreeSet<String> = rows
            .filter_map(|row| Some(row.strip_prefix("| `")?.split('`').next()?.to_owned()))
            .collect();
        let found = tensors(kind, &sections["Example"]);
        let found = found.unwrap_or_else(|| panic!("the example of `{word}` does not show it"));
        assert_eq!(said, found, "the parameters of `{word}`");
    }
    Ok(())
}

/// The names of the tensors that the layer has in the networks of an example; nothing if it is in none.
fn tensors(kind: &Kind, example: &str) -> Option<BTreeSet<String>> {
    let code = example.split("```").nth(1)?;
    let tokens = TokenStream::from_str(code).expect("an example is made of tokens");
    let mut diagnostics = Diagnostics::default();
    let outlines: Vec<Outline> = declarations(tokens)
        .flat_map(|declaration| analyze(&Call::of(declaration), &mut diagnostics).outlines)
        .collect();
    let mistakes = diagnostics.has_errors();
    assert!(!mistakes, "{}", diagnostics.render());
    diagnostics.render();
    let found: Vec<_> = outlines
        .into_iter()
        .flat_map(|outline| of_layer(kind, outline))
        .collect();
    let is_shown = !found.is_empty();
    is_shown.then(|| found.concat().into_iter().map(str::to_owned).collect())
}

/// What stands in the braces of every `network!`.
fn declarations(code: TokenStream) -> impl Iterator<Item = TokenStream> {
    let mut tokens = code.into_iter();
    std::iter::from_fn(move || {
        tokens.find(|token| matches!(token, TokenTree::Ident(name) if name == "network"))?;
        match tokens.nth(1)? {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        }
    })
}

/// The names of parameters and statistics, a list for each place where the layer stands.
fn of_layer(kind: &Kind, outline: Outline) -> Vec<Vec<&'static str>> {
    let kinds: Vec<_> = outline.draft.nodes.iter().map(|node| node.kind).collect();
    let shaped = outline.complete().expect("an example has no mistakes");
    let nodes = shaped.graph.nodes.iter().zip(kinds);
    let places = nodes.filter(|(_, found)| found.is_some_and(|found| found.word == kind.word));
    places
        .map(|(node, _)| {
            let inputs: Vec<_> = node
                .inputs
                .iter()
                .map(|&value| shaped.shape(value))
                .collect();
            let parameters = node.layer.parameters(&inputs);
            let statistics = node.layer.statistics(&inputs);
            let parameters = parameters.iter().map(|tensor| tensor.name);
            parameters
                .chain(statistics.iter().map(|tensor| tensor.name))
                .collect()
        })
        .collect()
}
