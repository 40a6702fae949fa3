//! The compiler inside `network!`.
//!
//! Use it through the crate `cnn`: the code that it writes refers to that crate.

#![forbid(unsafe_code)]

mod diagnostics;
mod emit;
mod foreign;
mod graph;
mod kernel;
mod layers;
mod layout;
mod passes;
mod shape;
mod syntax;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use diagnostics::Diagnostics;
use foreign::Call;
use graph::Outline;
use syntax::{NetworkPath, Source};

/// Declares networks; the macro of the same name in the crate `cnn` calls this one with the path to
/// itself in front.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    let Some(call) = Call::split(input) else {
        return quote! {
            ::core::compile_error!{ "call `network!` of the crate `cnn`, not of `cnn_macros`" }
        };
    };
    let mut diagnostics = Diagnostics::default();
    let analysis = analyze(&call, &mut diagnostics);
    if let Some(path) = analysis.missing.first() {
        diagnostics.forget();
        return foreign::fetch(path, &call, analysis.outlines);
    }
    let (krate, outlines) = (&call.head, analysis.outlines);
    let (sources, emit): (_, fn(Outline, &Ident) -> TokenStream) = match diagnostics.has_errors() {
        false => (analysis.sources, compile),
        true => (Vec::new(), emit::stub::stub),
    };
    let network = |outline: Outline| {
        let export = foreign::export(&outline.draft, &sources, &call);
        [emit(outline, krate), export]
    };
    let code = outlines.into_iter().flat_map(network);
    code.chain([diagnostics.render()]).collect()
}

/// What the front half of the compiler finds.
struct Analysis {
    outlines: Vec<Outline>,
    /// The items as they were written.
    sources: Vec<Source>,
    /// Networks of other places that have to be fetched first.
    missing: Vec<NetworkPath>,
}

/// The front half of the compiler: what is meant, and every mistake in it.
fn analyze(call: &Call, diagnostics: &mut Diagnostics) -> Analysis {
    let fetched = call.fetched(diagnostics);
    let mut declaration = syntax::parse(call.declaration.clone(), diagnostics);
    let sources = std::mem::take(&mut declaration.sources);
    let resolved = passes::resolve::resolve(declaration, fetched, diagnostics);
    let infer = |draft| passes::infer::infer(draft, diagnostics);
    let outlines: Vec<Outline> = resolved.drafts.into_iter().map(infer).collect();
    for outline in &outlines {
        passes::frozen::check(outline, diagnostics);
        passes::lint::lint(outline, diagnostics);
    }
    Analysis {
        outlines,
        sources,
        missing: resolved.missing,
    }
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
