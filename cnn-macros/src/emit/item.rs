//! The type that the user sees: the struct, its methods, its `Network` impl.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::graph::Node;
use crate::passes::plan::{Plan, PlannedParameter};
use crate::shape::Shape;

/// The struct with its documentation: the user's own, and the flow of shapes as a table.
pub(crate) fn structure(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph.graph;
    let (attributes, visibility, name) = (&graph.attributes, &graph.visibility, &graph.name);
    let t = type_parameter(name);
    let table = flow(plan);
    quote! {
        #(#attributes)*
        #[doc = #table]
        #[derive(#krate::__private::Clone)]
        #visibility struct #name<#t: #krate::__private::Scalar = #krate::__private::f32> {
            parameters: #krate::__private::Buffer<#t>,
        }
    }
}

/// The scalar's name, unless it is the network's.
pub(crate) fn type_parameter(network: &Ident) -> Ident {
    let name = if network == "T" { "U" } else { "T" };
    Ident::new(name, Span::mixed_site())
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

/// `impl Network`, which hands over to the module `__code`.
pub(crate) fn network(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph;
    let name = &graph.graph.name;
    let (input, output) = (graph.graph.input, graph.shape(graph.graph.output));
    let (input_type, output_type) = (shape_type(input, krate), shape_type(output, krate));
    let input_elements = typenum(input.elements(), krate);
    let output_elements = typenum(output.elements(), krate);
    let p = quote!(#krate::__private);
    let t = type_parameter(name);
    quote! {
        impl<#t: #p::Scalar> #p::Network for #name<#t> {
            type Scalar = #t;
            type Input = #input_type;
            type Output = #output_type;
            type InputElements = #input_elements;
            type OutputElements = #output_elements;

            const SPEC: &'static #p::Spec = __code::SPEC;

            fn parameters(&self) -> &[#t] {
                &self.parameters
            }
            fn parameters_mut(&mut self) -> &mut [#t] {
                &mut self.parameters
            }
            fn forward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
                __probe: &mut impl #p::Probe,
            ) {
                __code::forward(__simd, __parameters, __arena, __probe);
            }
            fn backward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: &mut [#p::Lanes<__U>],
                __input_gradient: #p::InputGradient,
                __probe: &mut impl #p::Probe,
            ) {
                __code::backward(
                    __simd, __parameters, __gradients, __arena, __input_gradient, __probe,
                );
            }
            fn infer<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
            ) {
                __code::infer(__simd, __parameters, __arena);
            }
            fn pack<__U: #p::Scalar>(__parameters: &[__U], __packed: &mut [__U]) {
                __code::pack(__parameters, __packed);
            }
            fn infer_single<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __packed: &[__U],
                __arena: &mut [__U],
            ) {
                __code::infer_single(__simd, __packed, __arena);
            }
        }
    }
}

/// `Chw<1, 28, 28>`, `Cl<16, 100>`, `Flat<10>`.
pub(crate) fn shape_type(shape: Shape, krate: &Ident) -> TokenStream {
    match shape {
        Shape::Image {
            channels,
            height,
            width,
        } => {
            quote!(#krate::__private::Chw<#channels, #height, #width>)
        }
        Shape::Signal { channels, length } => {
            quote!(#krate::__private::Cl<#channels, #length>)
        }
        Shape::Flat(length) => quote!(#krate::__private::Flat<#length>),
    }
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
pub(crate) fn methods(plan: &Plan, krate: &Ident) -> TokenStream {
    let name = &plan.fused.graph.graph.name;
    let p = quote!(#krate::__private);
    let t = type_parameter(name);
    let accessors = accessors(plan, krate);
    quote! {
        impl #name {
            /// Layers, parameters, multiply–accumulates and memory, as constants.
            pub const SPEC: &'static #p::Spec = __code::SPEC;

            /// A network with random weights: for every layer the initialization that suits the
            /// activation after it. Equal seeds give equal weights.
            pub fn new(seed: #p::u64) -> Self {
                let mut __network =
                    Self { parameters: #p::Buffer::zeroed(__code::SPEC.parameter_count) };
                #p::initialize(__code::SPEC, seed, &mut __network.parameters);
                __network
            }

            /// A network whose parameters are all zero, to be filled.
            pub fn zeroed() -> Self {
                Self { parameters: #p::Buffer::zeroed(__code::SPEC.parameter_count) }
            }

            /// The same network in double precision, for the gradient check.
            pub fn to_f64(&self) -> #name<#p::f64> {
                let mut __parameters = #p::Buffer::zeroed(__code::SPEC.parameter_count);
                for (__to, __from) in __parameters.iter_mut().zip(self.parameters.iter()) {
                    *__to = <#p::f64 as #p::From<#p::f32>>::from(*__from);
                }
                #name { parameters: __parameters }
            }
        }

        impl<#t: #p::Scalar> #name<#t> {
            #accessors
        }

        impl<#t: #p::Scalar> #p::fmt::Debug for #name<#t> {
            fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result {
                #p::fmt::Display::fmt(&#p::Summary::of(__code::SPEC), __f)
            }
        }
    }
}

fn accessors(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph.graph;
    let (nodes, t) = (&graph.nodes, type_parameter(&graph.name));
    let of = |node: usize| {
        plan.parameters
            .iter()
            .filter(move |planned| planned.node == node)
    };
    (0..nodes.len())
        .filter(|&node| of(node).next().is_some())
        .map(|node| {
            let parameters: Vec<&PlannedParameter> = of(node).collect();
            let label = &nodes[node];
            accessor(label, &parameters, &t, krate)
        })
        .collect()
}

/// `net.conv1()` and `net.conv1_mut()`; an editor jumps from the name to the step.
fn accessor(
    node: &Node,
    parameters: &[&PlannedParameter],
    t: &Ident,
    krate: &Ident,
) -> TokenStream {
    let Node {
        name,
        name_span,
        source,
        docs,
        ..
    } = node;
    let span = *name_span;
    let method = Ident::new(name, span);
    let method_mut = format_ident!("{name}_mut", span = span);
    let p = quote!(#krate::__private);
    let views = parameters.iter().map(|planned| {
        let (start, end) = (planned.range.start, planned.range.end);
        let view = format_ident!("array{}", planned.parameter.shape.len());
        quote!(#p::views::#view(&self.parameters[#start..#end]))
    });
    let mut_views = parameters.iter().map(|planned| {
        let view = format_ident!("array{}_mut", planned.parameter.shape.len());
        quote!(#p::views::#view)
    });
    let types: Vec<TokenStream> = parameters
        .iter()
        .map(|planned| {
            let shape = &planned.parameter.shape;
            shape
                .iter()
                .rev()
                .fold(quote!(#t), |inner, size| quote!([#inner; #size]))
        })
        .collect();
    let ranges = parameters.iter().map(|planned| {
        let (start, end) = (planned.range.start, planned.range.end);
        quote!(#start..#end)
    });
    let names = (0..parameters.len())
        .map(|k| format_ident!("__tensor{k}"))
        .collect::<Vec<_>>();
    let (view, view_mut) = match parameters.len() {
        1 => (quote!(#p::Weight), quote!(#p::WeightMut)),
        _ => (quote!(#p::WeightAndBias), quote!(#p::WeightAndBiasMut)),
    };
    let doc = format!("The parameters of `{name}: {source}`.");
    let doc_mut = format!("The parameters of `{name}: {source}`, to be changed.");
    quote! {
        #[doc = #doc]
        #[doc = ""]
        #(#docs)*
        pub fn #method(&self) -> #view<'_, #(#types),*> {
            #view::new(#(#views),*)
        }
        #[doc = #doc_mut]
        pub fn #method_mut(&mut self) -> #view_mut<'_, #(#types),*> {
            let [#(#names),*] = #p::views::regions(&mut self.parameters, [#(#ranges),*]);
            #view_mut::new(#(#mut_views(#names)),*)
        }
    }
}
