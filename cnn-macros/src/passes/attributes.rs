//! The attributes before steps, constants and blocks: `#[allow(…)]`, `#[frozen]` and documentation.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::diagnostics::{Diagnostic, Diagnostics, Region, closest, list};
use crate::layers::LINTS;

/// The name of the attribute before steps that are not trained, and what other libraries call it.
pub(crate) const FROZEN: &str = "frozen";
const OTHER_NAMES: &[&str] = &["freeze", "no_grad", "non_trainable"];

/// What other libraries call its opposite.
const LEARNED: &[&str] = &["requires_grad", "trainable"];

/// What attributes stand before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Step,
    /// A constant or a block.
    Item,
}

/// Where `#[frozen]` stands before a step, if it does.
pub(crate) fn frozen(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Option<Region> {
    let is_it = |attribute: &&Attribute| attribute.path().is_ident(FROZEN);
    let all: Vec<&Attribute> = attributes.iter().filter(is_it).collect();
    for (position, attribute) in all.iter().enumerate() {
        let (message, help) = match attribute.meta {
            _ if position > 0 => ("`frozen` stands here twice", "take one of them out"),
            Meta::Path(_) => continue,
            _ => (
                "`frozen` takes nothing",
                "write `#[frozen]`: the step then keeps its parameters in training",
            ),
        };
        diagnostics.report(Diagnostic::new(region(attribute), message).help(help));
    }
    all.first().map(|first| region(first))
}

/// The lints that `#[allow(…)]` names; any other attribute but documentation is a mistake, and before a step
/// [`frozen`].
pub(crate) fn allowed(
    attributes: &[Attribute],
    before: Before,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let mut allowed = Vec::new();
    for attribute in attributes {
        let path = attribute.path();
        if path.is_ident("doc") || before == Before::Step && path.is_ident(FROZEN) {
            continue;
        }
        if !path.is_ident("allow") {
            diagnostics.report(misplaced(attribute, before));
            continue;
        }
        for name in names(attribute, diagnostics) {
            if LINTS.contains(&name.to_string().as_str()) {
                allowed.push(name.to_string());
            } else {
                unknown(&name, diagnostics);
            }
        }
    }
    allowed
}

/// An attribute that has no meaning where it stands.
fn misplaced(attribute: &Attribute, before: Before) -> Diagnostic {
    let path = attribute.path();
    let last = path.segments.last();
    let name = last.map_or_else(String::new, |last| last.ident.to_string());
    let known = match OTHER_NAMES.contains(&&*name) || mentions(attribute, FROZEN) {
        true => Some(FROZEN),
        false => closest(&name, ["allow", FROZEN]),
    };
    let message = match before {
        Before::Step => "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
        Before::Item => "only `#[allow(…)]` and documentation may stand here",
    };
    let help = match known {
        _ if LEARNED.contains(&&*name) => {
            "write `#[frozen]` before a layer that is not trained; all others are".to_owned()
        }
        _ if path.is_ident("cfg") => {
            "declare two networks in calls of their own, each with a `#[cfg(…)]`".to_owned()
        }
        _ if path.is_ident(FROZEN) => {
            "write it before the step that is to keep its parameters: `-> #[frozen] conv<3x3>(8)`"
                .to_owned()
        }
        Some(known) if before == Before::Step || known != FROZEN => {
            format!("did you mean `#[{}]`?", written(known))
        }
        _ => "take it out".to_owned(),
    };
    Diagnostic::new(region(attribute), message).help(help)
}

/// Whether a word stands somewhere in an attribute, as in `cfg_attr(all(), frozen)`.
fn mentions(attribute: &Attribute, word: &str) -> bool {
    fn any(tokens: TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == word,
            TokenTree::Group(group) => any(group.stream(), word),
            _ => false,
        })
    }
    any(attribute.meta.to_token_stream(), word)
}

/// Whether a word is what this or another library says of layers that are trained, or are not.
pub(crate) fn says_what_is_trained(word: &str) -> bool {
    word == FROZEN || OTHER_NAMES.contains(&word) || LEARNED.contains(&word)
}

/// An attribute with what it takes.
fn written(name: &str) -> &str {
    match name {
        FROZEN => FROZEN,
        _ => "allow(…)",
    }
}

fn region(attribute: &Attribute) -> Region {
    Region::of(attribute, Span::call_site().into())
}

/// Where attributes stand that are no documentation.
pub(crate) fn all_but_documentation(attributes: &[Attribute]) -> impl Iterator<Item = Region> {
    let others = attributes.iter();
    let others = others.filter(|attribute| !attribute.path().is_ident("doc"));
    others.map(region)
}

/// The documentation among the attributes of a step.
pub(crate) fn documentation(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_doc = |attribute: &&Attribute| attribute.path().is_ident("doc");
    attributes.iter().filter(is_doc).cloned().collect()
}

/// Takes our lints out of the attributes of a network, which allow them for every step; rustc, which
/// does not know them, gets the rest.
pub(crate) fn take_allowed(attributes: &mut Vec<Attribute>) -> Vec<String> {
    let mut allowed = Vec::new();
    attributes.retain_mut(|attribute| {
        if !attribute.path().is_ident("allow") {
            return true;
        }
        let Ok(names) =
            attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
        else {
            return true;
        };
        let is_ours = |path: &syn::Path| LINTS.iter().any(|lint| path.is_ident(lint));
        let (ours, others): (Vec<_>, Vec<_>) = names.into_iter().partition(is_ours);
        if ours.is_empty() {
            return true;
        }
        let named = ours.iter().filter_map(syn::Path::get_ident);
        allowed.extend(named.map(Ident::to_string));
        *attribute = syn::parse_quote!(#[allow(#(#others),*)]);
        !others.is_empty()
    });
    allowed
}

fn names(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    let parse = Punctuated::<Ident, Token![,]>::parse_terminated;
    match attribute.parse_args_with(parse) {
        Ok(names) => names.into_iter().collect(),
        Err(error) => {
            let message = "expected the names of warnings in `#[allow(…)]`";
            let help = format!("the warnings are {}", list(LINTS.iter().copied()));
            diagnostics.report(Diagnostic::new(error.span(), message).help(help));
            Vec::new()
        }
    }
}

fn unknown(name: &Ident, diagnostics: &mut Diagnostics) {
    let message = format!("unknown warning `{name}`");
    let help = match closest(&name.to_string(), LINTS.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("the warnings are {}", list(LINTS.iter().copied())),
    };
    diagnostics.report(Diagnostic::new(name, message).help(help));
}
