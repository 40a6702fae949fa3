//! The call of the macro that hands over a network's declaration.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Visibility, parse_quote};

use super::export::hidden_name;
use super::{Call, Parcel};
use crate::emit::stub::stub;
use crate::graph::Outline;
use crate::syntax::NetworkPath;

/// Calls the macro at `path`, which calls `network!` with everything that was given to this call, and
/// the declaration.
pub(crate) fn fetch(path: &NetworkPath, call: &Call, outlines: Vec<Outline>) -> TokenStream {
    let (krate, declaration) = (&call.head, &call.declaration);
    let parcels = call.parcels.iter().map(|parcel| {
        let Parcel { path, content } = parcel;
        quote!(@ #path #content)
    });
    let path = &path.tokens;
    let stand_ins = match call.parcels.is_empty() {
        true => stand_ins(outlines, call),
        // The first call left them.
        false => TokenStream::new(),
    };
    quote! {
        #path! {
            { #krate::__private::network! }
            { #krate #(#parcels)* @ [#path] }
            { ; #declaration }
        }
        #stand_ins
    }
}

/// Types of the networks' names, in case that there is no macro at the path: then rustc says so, and
/// nothing comes of this call. What is imported by `*` gives way to what a module itself declares, so
/// nobody sees them otherwise.
fn stand_ins(outlines: Vec<Outline>, call: &Call) -> TokenStream {
    let Some(first) = outlines.first() else {
        return TokenStream::new();
    };
    let module = hidden_name(&first.draft.name, &call.declaration);
    let stubs = outlines.into_iter().map(|mut outline| {
        outline.draft.attributes.clear();
        outline.draft.visibility = Visibility::Public(parse_quote!(pub));
        stub(outline, &call.head)
    });
    quote! {
        #[doc(hidden)]
        #[allow(
            unused, missing_docs, unreachable_pub, non_snake_case, clippy::all, clippy::pedantic,
            clippy::nursery, clippy::restriction
        )]
        mod #module { #(#stubs)* }
        #[doc(hidden)]
        #[allow(unused, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        pub(crate) use #module::*;
    }
}
