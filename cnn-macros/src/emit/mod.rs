//! Turns a plan into the code of the network.

mod accessors;
pub(crate) mod axis;
pub(crate) mod convert;
pub(crate) mod elementwise;
pub(crate) mod functions;
mod item;
pub(crate) mod largest;
pub(crate) mod lines;
pub(crate) mod loops;
mod pieces;
mod programs;
pub(crate) mod rows;
mod spec;
pub(crate) mod stub;
pub(crate) mod text;
pub(crate) mod tiles;
mod undeclared;
pub(crate) mod windows;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::passes::plan::Plan;

/// The whole expansion of one network.
///
/// The code lies in a module of its own, where no name of the user's is in scope; the impl blocks
/// outside of it only hand over to it. The module stands beside the impl blocks' `const _`, because what
/// stands in a constant is compiled in one piece with what is around it.
pub(crate) fn emit(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph.graph;
    let structure = item::structure(plan, krate);
    let beside = item::beside(&graph.attributes);
    let network = item::network(plan, krate);
    let [scalar, _] = item::type_parameters(&graph.name);
    let accessors = accessors::accessors(plan, &scalar, krate);
    let methods = item::methods(plan, &accessors.methods, krate);
    let name = format_ident!("__code_{}", graph.name, span = Span::call_site());
    let code = code(plan, &name, &accessors.pieces, krate);
    quote! {
        #structure
        #beside
        const _: () = {
            use #name as __code;
            #network
            #methods
        };
        #beside
        #code
    }
}

/// The module with what the network is, its programs, and the loops of its layers.
fn code(plan: &Plan, name: &Ident, pieces: &TokenStream, krate: &Ident) -> TokenStream {
    let spec = text::plain_numbers(&spec::spec(plan));
    let (programs, functions) = (programs::programs(plan), functions::functions(plan));
    let code = text::read(&[spec, programs, functions].concat());
    quote! {
        // Generated for every shape alike, so some of it is idle for some; a user's lints are
        // meant for what the user wrote.
        #[doc(hidden)]
        #[allow(
            unused, clippy::all, clippy::pedantic, clippy::nursery,
            clippy::restriction, unused_qualifications, single_use_lifetimes, missing_docs
        )]
        mod #name {
            use #krate::__private::micro::*;
            use #krate::__private::sample::{as_scalars, place, read};
            use #krate::__private::views::*;
            use #krate::__private::{
                Activation, Arena, BLOCK, InferenceArena, InputGradient, Lanes, LayerSpec, Mask,
                Offer, ParameterSpec, Pass, Probe, Reduction, Role, Rule, Running, Scalar, Simd, SampleArena,
                Spec, TrainingArena, Vector as _, winograd,
            };
            use #krate::__private::winograd::square;
            use #krate::__private::core::ops::Range;

            #code
            #pieces
        }
    }
}
