//! The compiler inside `cnn::network!`.
//!
//! [`expand`] is the list of its passes; each is a file whose header says what it needs and leaves.

mod diagnostics;
mod emit;
mod graph;
mod kernel;
mod layers;
mod passes;
mod shape;
mod syntax;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

use diagnostics::Diagnostics;
use passes::resolve::Resolved;

/// `network! { $crate; … }`: what the facade's `network!` hands over, with the facade's own path
/// first, so that the generated code finds it under any name.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut tokens = TokenStream::from(input).into_iter();
    let Some(TokenTree::Ident(krate)) = tokens.next() else {
        return quote!(compile_error! { "use `cnn::network!`" }).into();
    };
    tokens.next();
    expand(tokens.collect(), &krate).into()
}

/// The compiler: one line per pass.
fn expand(input: TokenStream, krate: &Ident) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let program = syntax::parse::parse(input, &mut diagnostics);
    let networks = passes::resolve::resolve(program, &mut diagnostics);
    let code: TokenStream = networks
        .into_iter()
        .map(|network| expand_network(network, krate, &mut diagnostics))
        .collect();
    let diagnostics = diagnostics.emit();
    quote! { #code #diagnostics }
}

/// One network from names to tokens; after a mistake a stub of the same type.
fn expand_network(
    Resolved { graph, complete }: Resolved,
    krate: &Ident,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let stub = emit::stub::stub(&graph, krate);
    let shaped = match complete {
        true => passes::infer::infer(graph, diagnostics),
        false => None,
    };
    let Some(shaped) = shaped else {
        return stub;
    };
    let fused = passes::fuse::fuse(shaped);
    let plan = passes::plan::plan(fused);
    emit::emit(&plan, krate)
}
