//! The type that the user sees: the struct, its methods, its `Network` impl.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Attribute;

use super::text::number;
use crate::passes::network_attributes::{conditions, mention};
use crate::passes::plan::Plan;
use crate::shape::Shape;

/// The struct with its documentation: the user's own, and the flow of shapes as a table.
pub(crate) fn structure(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph.graph;
    let (attributes, visibility, name) = (&graph.attributes, &graph.visibility, &graph.name);
    let p = quote!(#krate::__private);
    let [t, s] = type_parameters(name);
    let table = flow(plan);
    let count = number(plan.vector.len);
    quote! {
        #(#attributes)*
        #[doc = #table]
        #[derive(#p::Clone)]
        #visibility struct #name<#t: #p::Scalar = #p::f32, #s: #p::Storage = #p::Heap> {
            parameters: #s::Vector<#t, #count>,
        }
    }
}

/// The attributes of all that is written beside the struct: it is there if the struct is, and names it
/// also where that is deprecated.
pub(crate) fn beside(attributes: &[Attribute]) -> TokenStream {
    let conditions = conditions(attributes);
    let silence = mention(attributes, "deprecated").then(|| quote!(#[allow(deprecated)]));
    quote!(#(#conditions)* #silence)
}

/// The names of scalar and storage, unless one is the network's.
pub(crate) fn type_parameters(network: &Ident) -> [Ident; 2] {
    [("T", "U"), ("S", "R")].map(|(usual, other)| {
        let name = if network == usual { other } else { usual };
        Ident::new(name, Span::mixed_site())
    })
}

/// The flow of shapes as a Markdown table.
fn flow(plan: &Plan) -> String {
    let graph = &plan.fused.graph;
    let mut table = format!(
        "\n\n| layer | | output | parameters |\n|---|---|---|--:|\n| input | | `{}` | |\n",
        graph.graph.input
    );
    for (index, node) in graph.graph.nodes.iter().enumerate() {
        let count: usize = plan
            .vector
            .parameters
            .iter()
            .filter(|planned| planned.node == index)
            .map(|planned| planned.range.len())
            .sum();
        let count = if count == 0 {
            String::new()
        } else {
            count.to_string()
        };
        let (name, source, shape) = (&node.name, &node.source, graph.shapes[index + 1]);
        table.push_str(&format!(
            "| `{name}` | `{source}` | `{shape}` | {count} |\n"
        ));
    }
    table
}

/// `impl Network`, which hands over to the module of the code, called `__code` here.
pub(crate) fn network(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph;
    let name = &graph.graph.name;
    let (input, output) = (graph.graph.input, graph.shape(graph.graph.output));
    let (input_type, output_type) = (shape_type(input, krate), shape_type(output, krate));
    let input_elements = typenum(input.elements(), krate);
    let output_elements = typenum(output.elements(), krate);
    let p = quote!(#krate::__private);
    let element = match plan.training.samples {
        1 => quote!(__U),
        _ => quote!(#p::Lanes<__U, __SAMPLES>),
    };
    let [t, s] = type_parameters(name);
    quote! {
        impl<#t: #p::Scalar, #s: #p::Storage> #p::Network for #name<#t, #s> {
            type Scalar = #t;
            type Input = #input_type;
            type Output = #output_type;
            type InputElements = #input_elements;
            type OutputElements = #output_elements;
            type Element<__U: #p::Scalar, const __SAMPLES: #p::usize> = #element;

            const SPEC: &'static #p::Spec = __code::SPEC;

            fn values(&self) -> &[#t] {
                &self.parameters
            }
            fn values_mut(&mut self) -> &mut [#t] {
                &mut self.parameters
            }
            fn forward<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __pass: &#p::Pass<'_, __U>,
                __parameters: &[__U],
                __arena: #p::Arena<'_, Self::Element<__U, __SAMPLES>>,
                __probe: &mut dyn #p::Probe<Self::Element<__U, __SAMPLES>>,
            ) {
                __code::forward::<__U, __S, __SAMPLES>(__simd, __pass, __parameters, __arena, __probe);
            }
            fn backward<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __pass: &#p::Pass<'_, __U>,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: #p::Arena<'_, Self::Element<__U, __SAMPLES>>,
                __input_gradient: #p::InputGradient,
                __probe: &mut dyn #p::Probe<Self::Element<__U, __SAMPLES>>,
            ) {
                __code::backward::<__U, __S, __SAMPLES>(
                    __simd, __pass, __parameters, __gradients, __arena, __input_gradient, __probe,
                );
            }
            fn weight_gradient<__U: #p::Scalar, __S: #p::Simd, const __SAMPLES: #p::usize>(
                __simd: __S,
                __offer: #p::usize,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: &mut [Self::Element<__U, __SAMPLES>],
            ) {
                __code::weight_gradient::<__U, __S, __SAMPLES>(__simd, __offer, __parameters, __gradients, __arena);
            }
            fn infer<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __values: &[__U],
                __packed: &[__U],
                __arena: &mut [#p::Lanes<__U>],
            ) {
                __code::infer(__simd, __values, __packed, __arena);
            }
            fn pack_block<__U: #p::Scalar>(__values: &[__U], __packed: &mut [__U]) {
                __code::pack_block(__values, __packed);
            }
            fn pack<__U: #p::Scalar>(__values: &[__U], __packed: &mut [__U]) {
                __code::pack(__values, __packed);
            }
            fn infer_single<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __packed: &[__U],
                __arena: &mut [__U],
                __sample: &[#p::f32],
                __result: &mut [__U],
            ) {
                __code::infer_single(__simd, __packed, __arena, __sample, __result);
            }
        }
    }
}

/// `Chw<1, 28, 28>`, `Cl<16, 100>`, `Flat<10>`.
pub(crate) fn shape_type(shape: Shape, krate: &Ident) -> TokenStream {
    let word = match shape {
        Shape::Image { .. } => quote!(Chw),
        Shape::Signal { .. } => quote!(Cl),
        Shape::Flat(_) => quote!(Flat),
    };
    let sizes = shape.sizes().into_iter().map(number);
    quote!(#krate::__private::#word<#(#sizes),*>)
}

/// A number as a type: binary, most significant bit innermost.
pub(crate) fn typenum(number: usize, krate: &Ident) -> TokenStream {
    let t = quote!(#krate::__private::typenum);
    let bits = usize::BITS - number.leading_zeros();
    (0..bits).rev().fold(quote!(#t::UTerm), |high, bit| {
        let bit = if number >> bit & 1 == 1 {
            quote!(#t::B1)
        } else {
            quote!(#t::B0)
        };
        quote!(#t::UInt<#high, #bit>)
    })
}

/// Construction, conversion, and a view of each layer's parameters.
pub(crate) fn methods(plan: &Plan, accessors: &TokenStream, krate: &Ident) -> TokenStream {
    let name = &plan.fused.graph.graph.name;
    let p = quote!(#krate::__private);
    let [t, s] = type_parameters(name);
    let on_heap = on_heap(name, &p);
    quote! {
        impl #name {
            /// Layers, parameters, multiply–accumulates and memory, as constants.
            pub const SPEC: &'static #p::Spec = __code::SPEC;

            #on_heap
        }

        impl #name<#p::f32, #p::Inline> {
            /// A network that holds its parameters in itself, all zero, to be filled.
            pub const ZERO: Self = Self { parameters: #p::InlineBuffer::begun(__code::SPEC) };
        }

        impl<#t: #p::Scalar, #s: #p::Storage> #name<#t, #s> {
            /// Draws all weights anew, for every layer as suits the activation after it, and makes
            /// all biases zero. Equal seeds give equal weights.
            pub fn init(&mut self, seed: #p::u64) {
                #p::initialize(__code::SPEC, seed, &mut self.parameters);
            }

            #accessors
        }

        impl<#t: #p::Scalar, #s: #p::Storage> #p::fmt::Debug for #name<#t, #s> {
            fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result {
                #p::fmt::Display::fmt(&#p::Summary::of(__code::SPEC), __f)
            }
        }
    }
}

/// The methods that allocate, which are there only where the crate has an allocator.
fn on_heap(name: &Ident, p: &TokenStream) -> TokenStream {
    quote! {
        #p::on_heap! {
            /// A network with random weights, as `init` draws them.
            pub fn new(seed: #p::u64) -> Self {
                let mut __network = Self::zeroed();
                __network.init(seed);
                __network
            }

            /// A network whose parameters are all zero, to be filled.
            pub fn zeroed() -> Self {
                let mut __network =
                    Self { parameters: #p::Buffer::zeroed(__code::SPEC.value_count()) };
                #p::initialize_statistics(__code::SPEC, &mut __network.parameters);
                __network
            }

            /// The same network in double precision, for the gradient check.
            pub fn to_f64(&self) -> #name<#p::f64> {
                let mut __parameters = #p::Buffer::zeroed(__code::SPEC.value_count());
                for (__to, __from) in __parameters.iter_mut().zip(self.parameters.iter()) {
                    *__to = <#p::f64 as #p::From<#p::f32>>::from(*__from);
                }
                #name { parameters: __parameters }
            }
        }
    }
}
