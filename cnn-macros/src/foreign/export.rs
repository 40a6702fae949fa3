//! The macro that hands over a network's declaration, named as the network is.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::Visibility;

use super::{Call, Parcel};
use crate::graph::Draft;
use crate::passes::network_attributes::conditions;
use crate::syntax::Source;

/// The macro of a network, which is visible wherever the network is; without `sources` it hands over
/// that there is a mistake.
pub(crate) fn export(draft: &Draft, sources: &[Source], call: &Call) -> TokenStream {
    let (visibility, name) = (&draft.visibility, &draft.name);
    let declaration = declaration(name, sources, call);
    let hidden = hidden_name(name, &declaration);
    let conditions = conditions(&draft.attributes);
    // A macro that is not exported cannot be seen outside of its crate, and one that is stands at the
    // crate's root, wherever it is declared.
    let exported = matches!(visibility, Visibility::Public(_)).then(|| quote!(#[macro_export]));
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(unused, non_local_definitions, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        #exported
        macro_rules! #hidden {
            ({ $($callback:tt)* } { $($before:tt)* } { $($after:tt)* }) => {
                $($callback)* { $($before)* { #declaration } $($after)* }
            };
        }
        #(#conditions)*
        #[doc(hidden)]
        #[allow(unused, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        #visibility use #hidden as #name;
    }
}

/// `Name @ [path] { … } ; items`: the items and fetched networks that the network needs.
fn declaration(name: &Ident, sources: &[Source], call: &Call) -> TokenStream {
    let (items, words) = needed(name, sources);
    let last = |parcel: &Parcel| parcel.path.stream().into_iter().last();
    let is_needed = |parcel: &&Parcel| last(parcel).is_some_and(|n| words.contains(&n.to_string()));
    let parcels = call.parcels.iter().filter(is_needed).map(|parcel| {
        let Parcel { path, content } = parcel;
        quote!(@ #path #content)
    });
    quote!(#name #(#parcels)* ; #(#items)*)
}

/// The items of a declaration whose names are mentioned by a network, or by what it mentions; and all
/// words in them. A word that only looks like a name brings an item too many, which does no harm.
fn needed<'a>(name: &Ident, sources: &'a [Source]) -> (Vec<&'a TokenStream>, HashSet<String>) {
    let mut words = HashSet::from([name.to_string()]);
    let mut waiting: Vec<&Source> = sources.iter().collect();
    let mut items = Vec::new();
    loop {
        let is_mentioned = |source: &&Source| words.contains(&source.name);
        let (mentioned, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_mentioned);
        if mentioned.is_empty() {
            return (items, words);
        }
        for source in mentioned {
            collect_words(source.tokens.clone(), &mut words);
            items.push(&source.tokens);
        }
        waiting = others;
    }
}

fn collect_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Group(group) => collect_words(group.stream(), words),
            _ => {}
        }
    }
}

/// A name that no other macro of the crate has.
///
/// Equal declarations may stand in several places, and the same tokens may be expanded several times by a
/// user's own macro; what tells those apart is the context that is a part of the call site's `Debug`.
pub(super) fn hidden_name(name: &Ident, declaration: &TokenStream) -> Ident {
    let start = name.span().start();
    let place = (start.line, start.column);
    let identity = format!("{:?} {place:?} {declaration}", Span::call_site());
    let mut hasher = DefaultHasher::new();
    hasher.write(identity.as_bytes());
    let plain = name.to_string();
    let plain = plain.trim_start_matches("r#");
    format_ident!(
        "__cnn_network_{plain}_{:016x}",
        hasher.finish(),
        span = Span::call_site()
    )
}
