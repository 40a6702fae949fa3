//! The attributes before steps and constants: `#[allow(…)]` and documentation.

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::{Attribute, Token};

use crate::diagnostics::{Diagnostic, Diagnostics, Region, closest, list};
use crate::layers::LINTS;

/// The lints that `#[allow(…)]` names; any other attribute but documentation is a mistake.
pub(crate) fn allowed(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut allowed = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("doc") {
            continue;
        }
        if !attribute.path().is_ident("allow") {
            let region = Region::of(attribute, proc_macro2::Span::call_site().into());
            let message = "only `#[allow(…)]` and documentation may stand here";
            let help = match attribute.path().is_ident("cfg") {
                true => "declare two networks in calls of their own, each with a `#[cfg(…)]`",
                false => "take it out",
            };
            diagnostics.report(Diagnostic::new(region, message).help(help));
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
