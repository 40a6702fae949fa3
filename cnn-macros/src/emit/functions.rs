//! The functions of the layers: signature, documentation, entry into the level, loops.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::passes::functions::{Function, Parameter};
use crate::passes::plan::Plan;

/// Every function of the network, in the order of its first call.
pub(crate) fn functions(plan: &Plan) -> TokenStream {
    plan.functions.all.iter().map(function).collect()
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
            fn #name<T: Scalar>(#arguments) { #body }
        };
    }
    quote! {
        #[doc = #doc]
        #[inline(never)]
        fn #name<T: Scalar, S: Simd>(simd: S, #arguments) {
            #items
            simd.vectorize(#[inline(always)] || { #body });
        }
    }
}
