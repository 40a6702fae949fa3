//! The type that the user sees: the struct, its methods, its `Network` impl.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::passes::plan::{Plan, PlannedParameter};
use crate::shape::Shape;

/// The struct with its documentation: the user's own, and the flow of shapes as a table.
pub(crate) fn structure(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph.graph;
    let (attributes, visibility, name) = (&graph.attributes, &graph.visibility, &graph.name);
    let table = flow(plan);
    quote! {
        #(#attributes)*
        #[doc = #table]
        #[derive(#krate::__private::Clone)]
        #visibility struct #name<T: #krate::__private::Scalar = f32> {
            parameters: #krate::__private::Buffer<T>,
        }
    }
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

/// `impl Network`, which hands over to the module `code`.
pub(crate) fn network(plan: &Plan, krate: &Ident) -> TokenStream {
    let graph = &plan.fused.graph;
    let name = &graph.graph.name;
    let (input, output) = (graph.graph.input, graph.shape(graph.graph.output));
    let (input_type, output_type) = (shape_type(input, krate), shape_type(output, krate));
    let input_elements = typenum(input.elements(), krate);
    let output_elements = typenum(output.elements(), krate);
    let p = quote!(#krate::__private);
    quote! {
        impl<T: #p::Scalar> #p::Network for #name<T> {
            type Scalar = T;
            type Input = #input_type;
            type Output = #output_type;
            type InputElements = #input_elements;
            type OutputElements = #output_elements;

            const SPEC: &'static #p::Spec = code::SPEC;

            fn parameters(&self) -> &[T] {
                &self.parameters
            }
            fn parameters_mut(&mut self) -> &mut [T] {
                &mut self.parameters
            }
            fn forward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
                __probe: &mut impl #p::Probe,
            ) {
                code::forward(__simd, __parameters, __arena, __probe);
            }
            fn backward<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __gradients: &mut [__U],
                __arena: &mut [#p::Lanes<__U>],
                __input_gradient: #p::InputGradient,
                __probe: &mut impl #p::Probe,
            ) {
                code::backward(
                    __simd, __parameters, __gradients, __arena, __input_gradient, __probe,
                );
            }
            fn infer<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __parameters: &[__U],
                __arena: &mut [#p::Lanes<__U>],
            ) {
                code::infer(__simd, __parameters, __arena);
            }
            fn pack<__U: #p::Scalar>(__parameters: &[__U], __packed: &mut [__U]) {
                code::pack(__parameters, __packed);
            }
            fn infer_single<__U: #p::Scalar, __S: #p::Simd>(
                __simd: __S,
                __packed: &[__U],
                __arena: &mut [__U],
            ) {
                code::infer_single(__simd, __packed, __arena);
            }
        }
    }
}

/// `Chw<1, 28, 28>`, `Flat<10>`.
pub(crate) fn shape_type(shape: Shape, krate: &Ident) -> TokenStream {
    match shape {
        Shape::Image {
            channels,
            height,
            width,
        } => {
            quote!(#krate::__private::Chw<#channels, #height, #width>)
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
    let accessors = accessors(plan, krate);
    quote! {
        impl #name {
            /// Layers, parameters, multiply–accumulates and memory, as constants.
            pub const SPEC: &'static #p::Spec = code::SPEC;

            /// A network with random weights: for every layer the initialization that suits the
            /// activation after it. Equal seeds give equal weights.
            pub fn new(seed: u64) -> Self {
                let mut __network =
                    Self { parameters: #p::Buffer::zeroed(code::SPEC.parameter_count) };
                #p::initialize(code::SPEC, seed, &mut __network.parameters);
                __network
            }

            /// A network whose parameters are all zero, to be filled.
            pub fn zeroed() -> Self {
                Self { parameters: #p::Buffer::zeroed(code::SPEC.parameter_count) }
            }

            /// The same network in double precision, for the gradient check.
            pub fn to_f64(&self) -> #name<f64> {
                let mut __parameters = #p::Buffer::zeroed(code::SPEC.parameter_count);
                for (__to, __from) in __parameters.iter_mut().zip(self.parameters.iter()) {
                    *__to = <f64 as #p::From<f32>>::from(*__from);
                }
                #name { parameters: __parameters }
            }
        }

        impl<T: #p::Scalar> #name<T> {
            #accessors
        }

        impl<T: #p::Scalar> #p::fmt::Debug for #name<T> {
            fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result {
                #p::fmt::Display::fmt(&#p::Summary::of(code::SPEC), __f)
            }
        }
    }
}

fn accessors(plan: &Plan, krate: &Ident) -> TokenStream {
    let nodes = &plan.fused.graph.graph.nodes;
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
            accessor(
                &label.name,
                label.name_span,
                &label.source,
                &parameters,
                krate,
            )
        })
        .collect()
}

/// `net.conv1()` and `net.conv1_mut()`; an editor jumps from the name to the step.
fn accessor(
    name: &str,
    span: Span,
    source: &str,
    parameters: &[&PlannedParameter],
    krate: &Ident,
) -> TokenStream {
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
                .fold(quote!(T), |inner, size| quote!([#inner; #size]))
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
