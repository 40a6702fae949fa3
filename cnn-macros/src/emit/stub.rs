//! What stands in for a network that has mistakes, so that no second wave of errors follows: the type
//! with its methods, as much as is known of it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::item::{shape_type, typenum};
use crate::graph::{Estimate, Outline};
use crate::layers::Parameter;

/// A type that looks like the network from outside.
///
/// Types that are not known are `error`, an error that has been reported already: rustc is silent
/// about what is done with them.
pub(crate) fn stub(outline: &Outline, error: &TokenStream, krate: &Ident) -> TokenStream {
    let p = quote!(#krate::__private);
    let draft = &outline.draft;
    let (attributes, visibility, name) = (&draft.attributes, &draft.visibility, &draft.name);
    let network = network(outline, krate);
    let accessors = accessors(outline, krate);
    quote! {
        #(#attributes)*
        #[derive(#p::Clone)]
        #visibility struct #name<T: #p::Scalar = f32> {
            parameters: #p::Buffer<T>,
        }
        const _: () = {
            type __Unknown = #error;
            #network
            impl #name {
                /// Not available while the declaration has mistakes.
                pub fn new(seed: u64) -> Self { loop {} }
                /// Not available while the declaration has mistakes.
                pub fn zeroed() -> Self { loop {} }
                /// Not available while the declaration has mistakes.
                pub fn to_f64(&self) -> #name<f64> { loop {} }
            }
            impl<T: #p::Scalar> #name<T> {
                #accessors
            }
            impl<T: #p::Scalar> #p::fmt::Debug for #name<T> {
                fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result { loop {} }
            }
        };
    }
}

fn network(outline: &Outline, krate: &Ident) -> TokenStream {
    let p = quote!(#krate::__private);
    let name = &outline.draft.name;
    let (input, input_elements) = types(outline.estimates[0], krate);
    let (output, output_elements) = types(outline.output, krate);
    quote! {
        #[allow(unused_variables)]
        impl<T: #p::Scalar> #p::Network for #name<T> {
            type Scalar = T;
            type Input = #input;
            type Output = #output;
            type InputElements = #input_elements;
            type OutputElements = #output_elements;
            const SPEC: &'static #p::Spec = loop {};
            fn parameters(&self) -> &[T] { loop {} }
            fn parameters_mut(&mut self) -> &mut [T] { loop {} }
            fn forward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
                __probe: &mut impl #p::Probe,
            ) { loop {} }
            fn backward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: &mut [#p::Lanes<__U>],
                __input_gradient: #p::InputGradient,
                __probe: &mut impl #p::Probe,
            ) { loop {} }
            fn infer<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
            ) { loop {} }
            fn pack<__U: #p::Scalar>(__parameters: &[__U], __packed: &mut [__U]) { loop {} }
            fn infer_single<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __packed: &[__U],
                __arena: &mut [__U],
            ) { loop {} }
        }
    }
}

/// A shape and its number of elements.
fn types(estimate: Estimate, krate: &Ident) -> (TokenStream, TokenStream) {
    match estimate.shape() {
        Some(shape) => (shape_type(shape, krate), typenum(shape.elements(), krate)),
        None => (quote!(__Unknown), quote!(__Unknown)),
    }
}

/// One method per layer that has parameters, or may have.
fn accessors(outline: &Outline, krate: &Ident) -> TokenStream {
    let nodes = outline.draft.nodes.iter().zip(&outline.parameters);
    let with_parameters = nodes.filter(|(_, parameters)| {
        !parameters.as_ref().is_some_and(Vec::is_empty)
    });
    let mut seen = std::collections::HashSet::new();
    with_parameters
        .filter(|(node, _)| syn::parse_str::<Ident>(&node.name).is_ok() && seen.insert(&node.name))
        .map(|(node, parameters)| {
            let method = Ident::new(&node.name, node.name_span);
            let method_mut = format_ident!("{}_mut", node.name, span = node.name_span);
            let [view, view_mut] = views(parameters.as_deref(), krate);
            quote! {
                /// Not available while the declaration has mistakes.
                pub fn #method(&self) -> #view { loop {} }
                /// Not available while the declaration has mistakes.
                pub fn #method_mut(&mut self) -> #view_mut { loop {} }
            }
        })
        .collect()
}

/// What a layer's accessors give: views of its tensors, by reference and to be changed.
fn views(parameters: Option<&[Parameter]>, krate: &Ident) -> [TokenStream; 2] {
    let Some(parameters) = parameters else {
        return [quote!(__Unknown), quote!(__Unknown)];
    };
    let p = quote!(#krate::__private);
    let types: Vec<TokenStream> = parameters
        .iter()
        .map(|parameter| {
            let sizes = parameter.shape.iter().rev();
            sizes.fold(quote!(T), |inner, size| quote!([#inner; #size]))
        })
        .collect();
    match types.len() {
        1 => [
            quote!(#p::Weight<'_, #(#types),*>),
            quote!(#p::WeightMut<'_, #(#types),*>),
        ],
        _ => [
            quote!(#p::WeightAndBias<'_, #(#types),*>),
            quote!(#p::WeightAndBiasMut<'_, #(#types),*>),
        ],
    }
}
