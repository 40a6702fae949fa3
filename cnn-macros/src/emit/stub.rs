//! What is emitted for a network with a mistake: the same type with the same methods, so that the
//! mistake is the only error that the user sees.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::item::{shape_type, typenum};
use crate::graph::Graph;
use crate::shape::Shape;

/// The type, with bodies that cannot run.
pub(crate) fn stub(graph: &Graph, krate: &Ident) -> TokenStream {
    let (attributes, visibility, name) = (&graph.attributes, &graph.visibility, &graph.name);
    let p = quote!(#krate::__private);
    let output = graph.asserted.map_or(Shape::Flat(1), |(shape, _)| shape);
    let (input_type, output_type) = (shape_type(graph.input, krate), shape_type(output, krate));
    let elements = |shape: Shape| typenum(shape.sizes().iter().product(), krate);
    let (input_elements, output_elements) = (elements(graph.input), elements(output));
    let accessors = accessors(graph, krate);
    quote! {
        #(#attributes)*
        #[derive(#p::Clone)]
        #[allow(dead_code)]
        #visibility struct #name<T: #p::Scalar = f32> {
            parameters: #p::Buffer<T>,
        }
        #[allow(unused, clippy::all, missing_docs)]
        const _: () = {
            impl<T: #p::Scalar> #p::Network for #name<T> {
                type Scalar = T;
                type Input = #input_type;
                type Output = #output_type;
                type InputElements = #input_elements;
                type OutputElements = #output_elements;
                const SPEC: &'static #p::Spec = #p::Spec::EMPTY;
                fn parameters(&self) -> &[T] { #p::not_declared() }
                fn parameters_mut(&mut self) -> &mut [T] { #p::not_declared() }
                fn forward<U: #p::Scalar, S: #p::Simd>(
                    _: S, _: &[U], _: &mut [#p::Lanes<U>], _: &mut impl #p::Probe,
                ) { #p::not_declared() }
                fn backward<U: #p::Scalar, S: #p::Simd>(
                    _: S, _: &[U], _: &mut [U], _: &mut [#p::Lanes<U>], _: #p::InputGradient,
                    _: &mut impl #p::Probe,
                ) { #p::not_declared() }
                fn infer<U: #p::Scalar, S: #p::Simd>(_: S, _: &[U], _: &mut [#p::Lanes<U>]) {
                    #p::not_declared()
                }
                fn pack<U: #p::Scalar>(_: &[U], _: &mut [U]) { #p::not_declared() }
                fn infer_single<U: #p::Scalar, S: #p::Simd>(_: S, _: &[U], _: &mut [U]) {
                    #p::not_declared()
                }
            }
            impl #name {
                pub const SPEC: &'static #p::Spec = #p::Spec::EMPTY;
                pub fn new(seed: u64) -> Self { #p::not_declared() }
                pub fn zeroed() -> Self { #p::not_declared() }
                pub fn to_f64(&self) -> #name<f64> { #p::not_declared() }
            }
            impl<T: #p::Scalar> #name<T> { #accessors }
            impl<T: #p::Scalar> #p::fmt::Debug for #name<T> {
                fn fmt(&self, _: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result {
                    #p::not_declared()
                }
            }
        };
    }
}

/// An accessor of each layer that was read, of a type whose tensors cannot be used.
fn accessors(graph: &Graph, krate: &Ident) -> TokenStream {
    let accessor = |node: &crate::graph::Node| {
        let method = Ident::new(&node.name, node.name_span);
        let method_mut = format_ident!("{}_mut", node.name, span = node.name_span);
        quote! {
            pub fn #method(&self) -> #krate::__private::Undeclared { #krate::__private::not_declared() }
            pub fn #method_mut(&mut self) -> #krate::__private::Undeclared {
                #krate::__private::not_declared()
            }
        }
    };
    graph.nodes.iter().map(accessor).collect()
}
