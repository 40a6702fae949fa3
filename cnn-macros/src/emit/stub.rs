//! What stands in for a network that has mistakes, so that no second wave of errors follows: the type
//! with its methods, as much as is known of it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::item::{beside, shape_type, type_parameters, typenum};
use super::undeclared::accessors;
use crate::graph::Outline;
use crate::shape::Shape;

/// A type that looks like the network from outside.
pub(crate) fn stub(outline: Outline, krate: &Ident) -> TokenStream {
    let outline = &outline;
    let p = quote!(#krate::__private);
    let draft = &outline.draft;
    let (attributes, visibility, name) = (&draft.attributes, &draft.visibility, &draft.name);
    let [t, s] = type_parameters(name);
    let beside = beside(attributes);
    let network = network(outline, krate);
    let [accessors, pieces] = accessors(outline, &t, &p);
    quote! {
        #(#attributes)*
        #[derive(#p::Clone)]
        #[allow(dead_code)]
        #visibility struct #name<#t: #p::Scalar = #p::f32, #s: #p::Storage = #p::Heap> {
            parameters: #s::Vector<#t, 0>,
        }
        #beside
        #[allow(unused, clippy::all, missing_docs, non_camel_case_types)]
        const _: () = {
            #network
            impl #name {
                pub const SPEC: &'static #p::Spec = #p::Spec::EMPTY;
                #p::on_heap! {
                    pub fn new(seed: #p::u64) -> Self { #p::not_declared() }
                    pub fn zeroed() -> Self { #p::not_declared() }
                    pub fn to_f64(&self) -> #name<#p::f64> { #p::not_declared() }
                }
            }
            impl #name<#p::f32, #p::Inline> {
                pub const ZERO: Self = Self { parameters: #p::InlineBuffer::ZERO };
            }
            impl<#t: #p::Scalar, #s: #p::Storage> #name<#t, #s> {
                pub fn init(&mut self, seed: #p::u64) { #p::not_declared() }
                #accessors
            }
            #pieces
            impl<#t: #p::Scalar, #s: #p::Storage> #p::fmt::Debug for #name<#t, #s> {
                fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result { #p::not_declared() }
            }
        };
    }
}

fn network(outline: &Outline, krate: &Ident) -> TokenStream {
    let p = quote!(#krate::__private);
    let name = &outline.draft.name;
    let [t, s] = type_parameters(name);
    let (input, input_elements) = types(outline.estimates[0].shape(), krate);
    // What the user wrote is what the code around the network was written for.
    let asserted = outline.draft.asserted.and_then(|(shape, _)| shape.ok());
    let (output, output_elements) = types(asserted.or(outline.output.shape()), krate);
    quote! {
        impl<#t: #p::Scalar, #s: #p::Storage> #p::Network for #name<#t, #s> {
            type Scalar = #t;
            type Input = #input;
            type Output = #output;
            type InputElements = #input_elements;
            type OutputElements = #output_elements;
            type Element<__U: #p::Scalar, const __SAMPLES: #p::usize> = #p::Lanes<__U, __SAMPLES>;
            const SPEC: &'static #p::Spec = #p::Spec::EMPTY;
            fn values(&self) -> &[#t] { #p::not_declared() }
            fn values_mut(&mut self) -> &mut [#t] { #p::not_declared() }
            fn forward<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __pass: &#p::Pass<'_, __U>,
                __parameters: &[__U],
                __arena: #p::Arena<'_, #p::Lanes<__U, __SAMPLES>>,
                __probe: &mut dyn #p::Probe<#p::Lanes<__U, __SAMPLES>>,
            ) { #p::not_declared() }
            fn backward<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __pass: &#p::Pass<'_, __U>,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: #p::Arena<'_, #p::Lanes<__U, __SAMPLES>>,
                __input_gradient: #p::InputGradient,
                __probe: &mut dyn #p::Probe<#p::Lanes<__U, __SAMPLES>>,
            ) { #p::not_declared() }
            fn weight_gradient<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __offer: #p::usize,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: &mut [#p::Lanes<__U, __SAMPLES>],
            ) { #p::not_declared() }
            fn infer<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __values: &[__U],
                __packed: &[__U],
                __arena: &mut [#p::Lanes<__U>],
            ) { #p::not_declared() }
            fn pack<__U: #p::Scalar>(__values: &[__U], __packed: &mut [__U]) { #p::not_declared() }
            fn pack_block<__U: #p::Scalar>(
                __values: &[__U],
                __packed: &mut [__U],
            ) { #p::not_declared() }
            fn infer_single<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __packed: &[__U],
                __arena: &mut [__U],
                __sample: &[#p::f32],
                __result: &mut [__U],
            ) { #p::not_declared() }
        }
    }
}

/// A shape and its number of elements; any shape if it is not known.
fn types(shape: Option<Shape>, krate: &Ident) -> (TokenStream, TokenStream) {
    let shape = shape.unwrap_or(Shape::Flat(1));
    (shape_type(shape, krate), typenum(shape.elements(), krate))
}
