//! The compiler inside `network!`.
//!
//! Use it through the crate `cnn`: the code that it writes refers to that crate.

#![forbid(unsafe_code)]

mod diagnostics;
mod emit;
mod graph;
mod kernel;
mod layers;
mod layout;
mod passes;
mod shape;
mod syntax;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

use diagnostics::Diagnostics;
use graph::Outline;

/// Declares networks; the macro of the same name in the crate `cnn` calls this one with the path to
/// itself in front.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let (krate, tokens) = match split_path(input) {
        Ok(parts) => parts,
        Err(wrong_call) => return wrong_call,
    };
    let outlines = analyze(tokens, &mut diagnostics);
    let code = match diagnostics.has_errors() {
        false => outlines
            .into_iter()
            .map(|outline| compile(outline, &krate))
            .collect(),
        true => outlines
            .iter()
            .map(|outline| emit::stub::stub(outline, &krate))
            .collect(),
    };
    [code, diagnostics.render()].into_iter().collect()
}

/// The front half of the compiler: what is meant, and every mistake in it.
fn analyze(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Outline> {
    let declaration = syntax::parse(tokens, diagnostics);
    let drafts = passes::resolve::resolve(declaration, diagnostics);
    let infer = |draft| passes::infer::infer(draft, diagnostics);
    let outlines: Vec<Outline> = drafts.into_iter().map(infer).collect();
    for outline in &outlines {
        passes::lint::lint(outline, diagnostics);
    }
    outlines
}

/// The back half, for a network without mistakes.
fn compile(outline: Outline, krate: &Ident) -> TokenStream {
    let shaped = outline.complete();
    let shaped = shaped.expect("a network without mistakes has all of its shapes");
    let fused = passes::fuse::fuse(shaped);
    let laid = passes::layout::lay_out(fused);
    let plan = passes::plan::plan(laid);
    emit::emit(&plan, krate)
}

/// `$crate; …`: the path of the crate `cnn`, which users may have renamed, and what they wrote.
fn split_path(input: TokenStream) -> Result<(Ident, TokenStream), TokenStream> {
    let mut tokens = input.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(krate)), Some(TokenTree::Punct(end))) if end.as_char() == ';' => {
            Ok((krate, tokens.collect()))
        }
        _ => Err(quote! {
            ::core::compile_error!{ "call `network!` of the crate `cnn`, not of `cnn_macros`" }
        }),
    }
}
