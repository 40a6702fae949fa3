//! The names of networks and steps.
//!
//! *Needs* the steps as written. *Leaves* a name for each: its label, or its word with a number that
//! counts every layer of that word, labelled ones too. The names are keys in files.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::layers::{UPCOMING, kind};
use crate::syntax::Step;

/// Methods that every network has, which a label would hide.
const METHODS: &[&str] = &[
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
    "infer_single",
];

/// The names of a network's steps.
pub(crate) struct Names {
    /// One per step.
    pub(crate) all: Vec<String>,
    /// Those that were written.
    pub(crate) labels: Vec<String>,
}

impl Names {
    /// Numbers the steps, and checks the labels.
    pub(crate) fn assign(steps: &[Step], diagnostics: &mut Diagnostics) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut automatic: HashMap<String, String> = HashMap::new();
        let mut all = Vec::new();
        for step in steps {
            let word = step.layer.as_ref().map(|layer| layer.word.to_string());
            let word = word.unwrap_or_else(|_| "unreadable".to_owned());
            let number = counts.entry(word.clone()).or_default();
            *number += 1;
            let name = match &step.label {
                Some(label) => label.to_string(),
                None => format!("{word}{number}"),
            };
            if step.label.is_none() {
                automatic.insert(name.clone(), word);
            }
            all.push(name);
        }
        let mut labels: Vec<String> = Vec::new();
        for label in steps.iter().filter_map(|step| step.label.as_ref()) {
            let text = label.to_string();
            let fault = match labels.contains(&text) {
                true => Some(twice(&text)),
                false => label_fault(&text, &automatic),
            };
            if let Some((message, help)) = fault {
                diagnostics.report(Diagnostic::new(label, message).help(help));
            }
            labels.push(text);
        }
        Self { all, labels }
    }
}

type Fault = (String, String);

fn twice(label: &str) -> Fault {
    (
        format!("the label `{label}` is used twice"),
        format!("rename one of them, for example `{label}_2`"),
    )
}

/// What is wrong with a label, and what would be right.
fn label_fault(label: &str, automatic: &HashMap<String, String>) -> Option<Fault> {
    if kind(label).is_some() || UPCOMING.contains(&label) {
        return Some((
            format!("the label `{label}` is the word of a layer"),
            format!("write `{label}_1`"),
        ));
    }
    if syn::parse_str::<Ident>(label).is_err() {
        return Some((
            format!("the label `{label}` is a keyword of Rust"),
            format!("write `{label}_1`"),
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
    for letter in label.trim_start_matches("r#").chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        if letter.is_ascii_alphanumeric() || letter == '_' {
            snake.push(letter.to_ascii_lowercase());
        }
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
