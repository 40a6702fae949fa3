//! The functions of the layers: signature, documentation, entry into the level, loops.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::passes::functions::{Function, Parameter};
use crate::passes::plan::Plan;

/// Every function of the network, those of a layer in a module of their own.
///
/// rustc compiles modules side by side, and nothing smaller than a module.
pub(crate) fn functions(plan: &Plan) -> TokenStream {
    let mut layers: Vec<(&str, TokenStream)> = Vec::new();
    for one in &plan.functions.all {
        match layers.iter_mut().find(|(layer, _)| *layer == one.layer) {
            Some((_, functions)) => functions.extend(function(one)),
            None => layers.push((&one.layer, function(one))),
        }
    }
    let modules = layers.into_iter().map(|(layer, functions)| {
        let name = format_ident!("of_{layer}");
        quote! {
            use #name::*;
            mod #name {
                use super::*;
                #functions
            }
        }
    });
    modules.collect()
}

fn function(function: &Function) -> TokenStream {
    let name = format_ident!("{}", function.name);
    let doc = function.kernel.doc.join("\n\n");
    let arguments: TokenStream = function
        .signature
        .iter()
        .map(Parameter::declaration)
        .collect();
    let (items, body) = (&function.kernel.items, &function.kernel.body);
    if function.kernel.purpose == "pack" {
        return quote! {
            #[doc = #doc]
            #[inline(never)]
            pub(super) fn #name<T: Scalar>(#arguments) { #body }
        };
    }
    quote! {
        #[doc = #doc]
        #[inline(never)]
        pub(super) fn #name<T: Scalar, S: Simd>(simd: S, #arguments) {
            #items
            simd.vectorize(#[inline(always)] || { #body });
        }
    }
}
