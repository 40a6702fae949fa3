//! The names of networks and steps.
//!
//! *Needs* the steps, one after another. *Leaves* a name for each: its label, or its word with a number
//! that counts every layer of that word, labelled ones too; inside of a labelled piece after the piece's
//! own name, `stage1.conv1`. The names are keys in files.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::graph::ValueId;
use crate::layers::{STRUCTURE, kind};

/// Methods that every network has, which a label would hide, or be hidden by.
pub(crate) const METHODS: &[&str] = &[
    "new",
    "zeroed",
    "init",
    "clone",
    "fmt",
    "freeze",
    "predict",
    "predict_batch",
    "parameters",
    "parameters_mut",
    "statistics",
    "statistics_mut",
    "values",
    "values_mut",
    "summary",
    "save",
    "load",
    "to_f64",
    "forward",
    "backward",
    "infer",
    "pack",
    "pack_block",
    "infer_single",
    "into",
    "try_into",
];

/// The names in a network, or in a labelled piece of one.
#[derive(Default)]
pub(crate) struct Names {
    /// What stands before every name here: nothing, or `stage1.`.
    prefix: String,
    /// How many layers of each word there are.
    counts: HashMap<String, usize>,
    /// The automatic names with their words.
    automatic: HashMap<String, String>,
    labels: Vec<Label>,
}

/// A label with the value that it names.
struct Label {
    name: Ident,
    value: ValueId,
    purpose: Purpose,
    /// Whether a chain has begun there.
    is_read: bool,
}

/// What a label is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The name of a layer or a piece, in files and methods.
    Name,
    /// Nothing but that a chain may begin there.
    Start,
}

impl Names {
    /// The names inside of a piece of this one.
    pub(crate) fn inner(&self, piece: &str) -> Self {
        Self {
            prefix: format!("{}{piece}.", self.prefix),
            ..Self::default()
        }
    }

    /// The full name of a step: its label, or its word with its number.
    pub(crate) fn name(
        &mut self,
        label: Option<&Ident>,
        word: Option<&str>,
        value: ValueId,
    ) -> String {
        let own = self.scope_name(label, word.unwrap_or("unreadable"));
        if let Some(label) = label {
            self.label(label, value, Purpose::Name);
        }
        format!("{}{own}", self.prefix)
    }

    /// The name of a step inside of its piece, counted among those of its word.
    pub(crate) fn scope_name(&mut self, label: Option<&Ident>, word: &str) -> String {
        let number = self.counts.entry(word.to_owned()).or_default();
        *number += 1;
        match label {
            Some(label) => label.to_string(),
            None => {
                let name = format!("{word}{number}");
                self.automatic.insert(name.clone(), word.to_owned());
                name
            }
        }
    }

    /// Gives a label to a value.
    pub(crate) fn label(&mut self, name: &Ident, value: ValueId, purpose: Purpose) {
        self.labels.push(Label {
            name: name.clone(),
            value,
            purpose,
            is_read: false,
        });
    }

    /// The value of a label, from which a chain begins.
    pub(crate) fn read(&mut self, label: &str) -> Option<ValueId> {
        let found = self.labels.iter_mut().find(|known| known.name == label)?;
        found.is_read = true;
        Some(found.value)
    }

    /// The labels so far.
    pub(crate) fn labels(&self) -> impl Iterator<Item = String> {
        self.labels.iter().map(|label| label.name.to_string())
    }

    /// Checks the labels, when all of them are known.
    pub(crate) fn finish(self, is_block: impl Fn(&str) -> bool, diagnostics: &mut Diagnostics) {
        let mut seen = HashSet::new();
        for label in &self.labels {
            let text = label.name.to_string();
            let fault = match seen.insert(text.clone()) {
                true if is_block(&text) => Some(block_label(&text)),
                true => label_fault(&text, &self.automatic),
                false => Some(twice(&text)),
            };
            if let Some((message, help)) = fault {
                diagnostics.report(Diagnostic::new(&label.name, message).help(help));
            } else if label.purpose == Purpose::Start && !label.is_read {
                let message = format!("nothing begins from the label `{text}`");
                let help = "take it out, or accept it with `#[allow(unused_label)]`";
                let diagnostic = Diagnostic::new(&label.name, message).help(help);
                diagnostics.warn("unused_label", diagnostic);
            }
        }
    }
}

type Fault = (String, String);

fn block_label(label: &str) -> Fault {
    (
        format!("the label `{label}` is the name of a block"),
        format!("write `{label}_1`"),
    )
}

fn twice(label: &str) -> Fault {
    (
        format!("the label `{label}` is used twice"),
        format!("rename one of them, for example `{label}_2`"),
    )
}

/// What is wrong with a label, and what would be right.
fn label_fault(label: &str, automatic: &HashMap<String, String>) -> Option<Fault> {
    if kind(label).is_some() || STRUCTURE.contains(&label) {
        return Some((
            format!("the label `{label}` is the word of a layer"),
            format!("write `{label}_1`"),
        ));
    }
    if !label.is_ascii() {
        return Some((
            format!("the label `{label}` has characters that are not ASCII"),
            "write for example `layer_1`".to_owned(),
        ));
    }
    let plain = label.trim_start_matches("r#");
    // `gen` is a keyword since edition 2024, which `syn` does not know of.
    if plain != label || plain == "gen" || syn::parse_str::<Ident>(label).is_err() {
        let stem = if plain == "_" { "layer" } else { plain };
        return Some((
            format!("the label `{label}` is a keyword of Rust"),
            format!("write `{stem}_1`"),
        ));
    }
    if !is_snake_case(label) {
        return Some((
            format!("the label `{label}` is not snake_case"),
            format!("write `{}`", to_snake_case(label)),
        ));
    }
    if METHODS.contains(&label) {
        return Some((
            format!("the label `{label}` is the name of a method that every network has"),
            format!("write `{label}_1`"),
        ));
    }
    if let Some(stem) = label.strip_suffix("_mut") {
        return Some((
            format!("the label `{label}` ends in `_mut`, as the methods that change a layer do"),
            format!("write `{stem}`"),
        ));
    }
    let word = automatic.get(label)?;
    Some((
        format!("the label `{label}` is also the automatic name of another `{word}`"),
        format!("choose another label, or label that `{word}` too"),
    ))
}

/// Small letters, digits and underscores, a letter first.
fn is_snake_case(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_lowercase())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// `ConvOne` as `conv_one`.
fn to_snake_case(label: &str) -> String {
    let mut snake = String::new();
    for letter in label.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    let snake = snake.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    match snake.is_empty() {
        true => "layer".to_owned(),
        false => snake.to_owned(),
    }
}

/// Reports a name that no type can have, or that another network has; says whether it is new.
pub(crate) fn check_network(
    name: &Ident,
    seen: &mut HashSet<String>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let text = name.to_string();
    if syn::parse_str::<Ident>(&text).is_err() {
        let message = format!("a network cannot be called `{text}`, which is a keyword of Rust");
        diagnostics.report(Diagnostic::new(name, message).help("write `Network1`"));
        return false;
    }
    let is_new = seen.insert(text.clone());
    if !is_new {
        let message = format!("two networks are called `{text}`");
        let help = format!("rename one of them, for example `{text}2`");
        diagnostics.report(Diagnostic::new(name, message).help(help));
    }
    is_new
}
