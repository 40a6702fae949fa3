//! The attributes before a network: what they go to, and which have no meaning there.
//!
//! *Needs* them as written, without the warnings of this crate that were allowed; `avoid_layout` is taken out
//! first. *Leaves* those that
//! stand on the network's type; any other is a mistake.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token, parse_quote};

use super::attributes::FROZEN;
use crate::diagnostics::{Diagnostic, Diagnostics, Region};
use crate::layers::LINTS;
use crate::layout::Layout;

/// Attributes that mean on the network's type what they mean on any.
const ON_TYPES: &[&str] = &[
    "doc",
    "deprecated",
    "must_use",
    "cfg",
    "allow",
    "expect",
    "warn",
    "deny",
    "forbid",
];

/// Tools with attributes of their own, which do not change what is declared.
const TOOLS: &[&str] = &["rustfmt", "clippy", "diagnostic"];

/// Takes out, and reports, what cannot stand before a network.
pub(crate) fn check(
    attributes: &mut Vec<Attribute>,
    network: &Ident,
    diagnostics: &mut Diagnostics,
) {
    attributes.retain(|attribute| {
        let faults = faults(&attribute.meta, network);
        let is_fit = faults.is_empty();
        for fault in faults {
            diagnostics.report(fault);
        }
        is_fit
    });
}

/// Takes out `#[avoid_layout(columns)]`: a layout that is chosen only where a layer has no other.
///
/// It is for the benchmark of the cost model, which times what the model rejects (`benches/layouts`), and no
/// part of the language. `samples` and `columns` are for the blocks of training, `channels` and `columns` for one
/// sample. Of a network inside of another the other's counts.
pub(crate) fn take_avoided(
    attributes: &mut Vec<Attribute>,
    diagnostics: &mut Diagnostics,
) -> Option<Layout> {
    let is_it = |attribute: &mut Attribute| attribute.path().is_ident("avoid_layout");
    let taken: Vec<Attribute> = attributes.extract_if(.., is_it).collect();
    let (first, others) = taken.split_first()?;
    let fault = |attribute: &Attribute, message: &str| {
        Diagnostic::new(region(attribute.path()), message)
            .help("write one `#[avoid_layout(columns)]`")
    };
    for other in others {
        diagnostics.report(fault(other, "`avoid_layout` stands here twice"));
    }
    let layout = match lists(&first.meta).as_slice() {
        [path] => Layout::ALL
            .into_iter()
            .find(|layout| path.is_ident(layout.name())),
        _ => None,
    };
    if layout.is_none() {
        let message = "`avoid_layout` takes one of `samples`, `channels` and `columns`";
        diagnostics.report(fault(first, message));
    }
    layout
}

/// What decides whether the network is there at all, which holds for everything that is written of it.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    let metas = attributes
        .iter()
        .filter_map(|attribute| condition(&attribute.meta));
    metas.map(|meta| parse_quote!(#[#meta])).collect()
}

/// Whether some attribute, perhaps under a condition, is called `name`.
pub(crate) fn mention(attributes: &[Attribute], name: &str) -> bool {
    let mut metas = attributes.iter().map(|attribute| &attribute.meta);
    metas.any(|meta| mentions(meta, name))
}

fn mentions(meta: &Meta, name: &str) -> bool {
    let inner = Conditional::of(meta).map_or_else(Vec::new, |parts| parts.metas);
    meta.path().is_ident(name) || inner.iter().any(|meta| mentions(meta, name))
}

fn condition(meta: &Meta) -> Option<Meta> {
    if meta.path().is_ident("cfg") {
        return Some(meta.clone());
    }
    let Conditional { predicate, metas } = Conditional::of(meta)?;
    let metas: Vec<Meta> = metas.iter().filter_map(condition).collect();
    let path = meta.path();
    (!metas.is_empty()).then(|| parse_quote!(#path(#predicate, #(#metas),*)))
}

/// `cfg_attr(predicate, doc(hidden), …)`
struct Conditional {
    predicate: TokenStream,
    metas: Vec<Meta>,
}

impl Conditional {
    fn of(meta: &Meta) -> Option<Self> {
        let Meta::List(list) = meta else { return None };
        if !list.path.is_ident("cfg_attr") {
            return None;
        }
        let mut parts = vec![TokenStream::new()];
        for token in list.tokens.clone() {
            match (&token, parts.last_mut()) {
                (TokenTree::Punct(comma), _) if comma.as_char() == ',' => {
                    parts.push(TokenStream::new());
                }
                (_, Some(part)) => part.extend([token]),
                (_, None) => {}
            }
        }
        let mut parts = parts.into_iter();
        let predicate = parts.next()?;
        // What cannot be read is rustc's to explain.
        let metas = parts.filter_map(|part| syn::parse2(part).ok()).collect();
        Some(Self { predicate, metas })
    }
}

fn faults(meta: &Meta, network: &Ident) -> Vec<Diagnostic> {
    if let Some(Conditional { metas, .. }) = Conditional::of(meta) {
        return metas
            .iter()
            .flat_map(|meta| faults(meta, network))
            .collect();
    }
    let path = meta.path();
    if path.is_ident("avoid_layout") {
        let message = "`avoid_layout` cannot stand under a condition";
        return vec![Diagnostic::new(region(path), message).help("take it out of the `cfg_attr`")];
    }
    if path.is_ident("derive") {
        return derived(meta, network);
    }
    let tool = path
        .segments
        .first()
        .map(|segment| segment.ident.to_string());
    let is_tools = path.segments.len() > 1 && tool.is_some_and(|tool| TOOLS.contains(&&*tool));
    match is_tools || ON_TYPES.iter().any(|known| path.is_ident(known)) {
        true => levels(meta),
        false => vec![refused(path, network)],
    }
}

fn refused(path: &Path, network: &Ident) -> Diagnostic {
    let message = format!("`{}` has no meaning before a network", written(path));
    let help = match path.is_ident(FROZEN) {
        true => format!(
            "write it before steps, or where another network takes this one: `#[frozen] net<{network}>(…)`"
        ),
        false => "take it out; documentation, `cfg`, `cfg_attr`, `deprecated`, `must_use` and the levels \
                  of lints may stand here"
            .to_owned(),
    };
    Diagnostic::new(region(path), message).help(help)
}

/// Warnings of this crate at another level than `allow`, or under a condition.
fn levels(meta: &Meta) -> Vec<Diagnostic> {
    let level = meta.path();
    let is_ours = |path: &&Path| LINTS.iter().any(|lint| path.is_ident(lint));
    let fault = |path: &Path| {
        let name = written(path);
        let message = match level.is_ident("allow") {
            true => format!("the warning `{name}` cannot be allowed under a condition"),
            false => format!("the warning `{name}` can only be allowed"),
        };
        Diagnostic::new(region(path), message).help(format!("write `#[allow({name})]`"))
    };
    lists(meta).iter().filter(is_ours).map(fault).collect()
}

fn derived(meta: &Meta, network: &Ident) -> Vec<Diagnostic> {
    let traits = lists(meta);
    if traits.is_empty() {
        return vec![refused(meta.path(), network)];
    }
    let fault = |path: &Path| {
        let last = path.segments.last();
        let name = last.map_or_else(String::new, |last| last.ident.to_string());
        let (message, help) = match name.as_str() {
            "Clone" | "Debug" => (
                format!("every network implements `{name}` already"),
                "take it out".to_owned(),
            ),
            _ => (
                format!("a network derives nothing, found `{name}`"),
                instead(&name, network),
            ),
        };
        Diagnostic::new(region(path), message).help(help)
    };
    traits.iter().map(fault).collect()
}

/// What to write instead of deriving a trait.
fn instead(name: &str, network: &Ident) -> String {
    match name {
        "Copy" => "call `clone()`, which every network has".to_owned(),
        "Default" => format!(
            "write `impl Default for {network} {{ fn default() -> Self {{ Self::new(0) }} }}`"
        ),
        "PartialEq" | "Eq" => "compare the parameters: `a.values() == b.values()`".to_owned(),
        "Serialize" | "Deserialize" => {
            "write files with `net.save(path)`, bytes with `cnn::checkpoint::to_bytes(&net)`"
                .to_owned()
        }
        _ => format!("write `impl {name} for {network} {{ … }}` beside the `network!`"),
    }
}

/// The paths in the parentheses of an attribute.
fn lists(meta: &Meta) -> Vec<Path> {
    let Meta::List(list) = meta else {
        return Vec::new();
    };
    let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
    paths.map_or_else(|_| Vec::new(), |paths| paths.into_iter().collect())
}

fn written(path: &Path) -> String {
    let names: Vec<String> = path
        .segments
        .iter()
        .map(|part| part.ident.to_string())
        .collect();
    names.join("::")
}

fn region(path: &Path) -> Region {
    Region::of(path, Span::call_site().into())
}
