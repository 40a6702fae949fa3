//! Checks of messages, with the place at fault marked in the input: `conv<>>>5x5<<<>(6)`.

use std::str::FromStr as _;

use proc_macro2::TokenStream;

use super::{Diagnostic, Diagnostics, Region};
use crate::analyze;
use crate::foreign::Call;
use crate::graph::Outline;

/// What the front half of the compiler finds in a declaration.
pub(crate) struct Findings {
    pub(crate) outlines: Vec<Outline>,
    errors: Vec<Diagnostic>,
    warnings: Vec<(&'static str, Diagnostic)>,
}

/// Runs the front half on source text: a declaration, or a whole call that hands over networks.
pub(crate) fn find(source: &str) -> Findings {
    let tokens = TokenStream::from_str(source).expect("the source of a test is made of tokens");
    let mut diagnostics = Diagnostics::default();
    let call = Call::split(tokens.clone()).unwrap_or_else(|| Call::of(tokens));
    let outlines = analyze(&call, &mut diagnostics).outlines;
    Findings {
        outlines,
        errors: std::mem::take(&mut diagnostics.errors),
        warnings: std::mem::take(&mut diagnostics.warnings),
    }
}

/// The first lines of all mistakes.
pub(crate) fn messages(source: &str) -> Vec<String> {
    let errors = find(source).errors;
    errors.into_iter().map(|error| error.message).collect()
}

/// The names of all warnings of a declaration without mistakes.
pub(crate) fn warnings(source: &str) -> Vec<&'static str> {
    let findings = find(source);
    assert!(
        findings.errors.is_empty(),
        "{source}: {:#?}",
        findings.errors
    );
    findings.warnings.iter().map(|(name, _)| *name).collect()
}

impl Diagnostics {
    /// The name, message and help of all warnings.
    pub(crate) fn take_warnings(&mut self) -> Vec<[String; 3]> {
        let warnings = std::mem::take(&mut self.warnings).into_iter();
        warnings
            .map(|(name, warning)| {
                let help = warning.help.unwrap_or_default();
                [name.to_owned(), warning.message, help]
            })
            .collect()
    }
}

/// Expects one mistake, at the place between `>>>` and `<<<`, with this message and help.
#[track_caller]
pub(crate) fn check_err(message: &str, help: &str, marked: &str) {
    let (source, place) = unmark(marked);
    let findings = find(&source);
    let [error] = findings.errors.as_slice() else {
        panic!(
            "expected one mistake in `{source}`, found {:#?}",
            findings.errors
        );
    };
    check(error, message, help, &source, place);
}

/// Expects one warning, as [`check_err`] does.
#[track_caller]
pub(crate) fn check_warning(name: &str, message: &str, help: &str, marked: &str) {
    let (source, place) = unmark(marked);
    let findings = find(&source);
    assert!(findings.errors.is_empty(), "{:#?}", findings.errors);
    let [(found, warning)] = findings.warnings.as_slice() else {
        panic!(
            "expected one warning of `{source}`, found {:#?}",
            findings.warnings
        );
    };
    assert_eq!(*found, name);
    check(warning, message, help, &source, place);
}

#[track_caller]
fn check(
    found: &Diagnostic,
    message: &str,
    help: &str,
    source: &str,
    place: std::ops::Range<usize>,
) {
    assert_eq!(found.message, message);
    assert_eq!(found.help.as_deref().unwrap_or_default(), help);
    assert_eq!(&source[bytes(found.region)], &source[place.clone()]);
    assert_eq!(bytes(found.region), place);
}

/// The drawn chain of the only mistake.
#[track_caller]
pub(crate) fn drawing(source: &str) -> String {
    let findings = find(source);
    let [error] = findings.errors.as_slice() else {
        panic!(
            "expected one mistake in `{source}`, found {:#?}",
            findings.errors
        );
    };
    error.drawing.clone().expect("the mistake has a drawing")
}

fn bytes(region: Region) -> std::ops::Range<usize> {
    region.first.byte_range().start..region.last.byte_range().end
}

/// The source without its marks, and what stood between them.
fn unmark(marked: &str) -> (String, std::ops::Range<usize>) {
    let start = marked.find(">>>").expect("the source has a mark `>>>`");
    let unopened = marked.replacen(">>>", "", 1);
    let end = unopened[start..].find("<<<");
    let mut end = start + end.expect("the source has a mark `<<<`");
    // The marked token may be a `<` itself.
    if end == start && unopened[end..].starts_with("<<<<") {
        end += 1;
    }
    (
        format!("{}{}", &unopened[..end], &unopened[end + 3..]),
        start..end,
    )
}
