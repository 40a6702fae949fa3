//! The order of calls of each mode: forward, backward, inference, packing.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::kernel::{Access, Tensor};
use crate::passes::functions::Parameter;
use crate::passes::plan::{Action, Binding, Call, Phase, Place, Plan, Program};

/// The six entry points, which the `Network` impl hands over to.
pub(crate) fn programs(plan: &Plan) -> TokenStream {
    let forward = phases(plan, &plan.training.forward, Watch::Value);
    let backward = phases(plan, &plan.training.backward, Watch::Gradient);
    let inference = [&plan.inference, &plan.single];
    let [infer, single] = inference.map(|program| calls(plan, &program.calls, Watch::Nothing));
    let element = match plan.training.samples {
        1 => quote!(T),
        _ => quote!(Lanes<T>),
    };
    let (enter, leave) = ends_of_single(&plan.single);
    let [pack_block, pack] = inference.map(|program| calls(plan, &program.pack, Watch::Nothing));
    quote! {
        /// One training block forward: every layer in order.
        pub(super) fn forward<T: Scalar, S: Simd>(
            simd: S,
            pass: &Pass<'_, T>,
            parameters: &[T],
            arena: &mut [#element],
            probe: &mut dyn Probe<#element>,
        ) {
            #forward
        }

        /// One training block backward: every layer in reverse, each after its output's gradient.
        pub(super) fn backward<T: Scalar, S: Simd>(
            simd: S,
            pass: &Pass<'_, T>,
            parameters: &[T],
            gradients: &mut [T],
            arena: &mut [#element],
            input_gradient: InputGradient,
            probe: &mut dyn Probe<#element>,
        ) {
            #backward
        }

        /// Makes the weights of a block into which something is folded.
        pub(super) fn pack_block<T: Scalar>(parameters: &[T], packed: &mut [T]) {
            #pack_block
        }

        /// One block of inference.
        pub(super) fn infer<T: Scalar, S: Simd>(
            simd: S,
            parameters: &[T],
            packed: &[T],
            arena: &mut [Lanes<T>],
        ) {
            #infer
        }

        /// Lays the weights out for one sample at a time.
        pub(super) fn pack<T: Scalar>(parameters: &[T], packed: &mut [T]) {
            #pack
        }

        /// Inference on one sample.
        pub(super) fn infer_single<T: Scalar, S: Simd>(
            simd: S,
            packed: &[T],
            arena: &mut [T],
            sample: &[f32],
            result: &mut [T],
        ) {
            #enter
            #single
            #leave
        }
    }
}

/// What comes before and behind the calls of inference on one sample.
fn ends_of_single(program: &Program) -> (TokenStream, TokenStream) {
    let enter = match &program.input {
        Some(Range { start, end }) => quote!(place(sample, &mut arena[#start..#end]);),
        None => {
            let len = program.len;
            quote! {
                let (arena, converted) = arena.split_at_mut(#len);
                let sample = as_scalars(sample, converted);
            }
        }
    };
    let leave = match &program.output {
        Some(Range { start, end }) => quote!(read(&arena[#start..#end], result);),
        None => TokenStream::new(),
    };
    (enter, leave)
}

/// What a probe is shown after each call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    Value,
    Gradient,
    Nothing,
}

/// The calls of the phase that is asked for; of one phase, the calls alone.
fn phases(plan: &Plan, phases: &[Phase], watch: Watch) -> TokenStream {
    let phase = |phase: &Phase| calls(plan, &phase.calls, watch);
    let Some((last, others)) = phases.split_last() else {
        return TokenStream::new();
    };
    if others.is_empty() {
        return phase(last);
    }
    let arms = others.iter().enumerate().map(|(number, one)| {
        let code = phase(one);
        quote!(#number => { #code })
    });
    let last = phase(last);
    quote! {
        match pass.phase {
            #(#arms)*
            _ => { #last }
        }
    }
}

fn calls(plan: &Plan, calls: &[Call], watch: Watch) -> TokenStream {
    calls.iter().map(|one| call(plan, one, watch)).collect()
}

fn call(plan: &Plan, call: &Call, watch: Watch) -> TokenStream {
    let Action::Function(index) = call.action else {
        return add(call);
    };
    let function = &plan.functions.all[index];
    let name = format_ident!("{}", function.name);
    let borrows: TokenStream = [Vector::Arena, Vector::Gradients, Vector::Packed]
        .into_iter()
        .map(|vector| borrow(vector, call, &function.signature))
        .collect();
    let arguments = call
        .bindings
        .iter()
        .zip(&function.signature)
        .map(|(binding, parameter)| argument(call, binding, parameter));
    let simd = (function.kernel.purpose != "pack").then(|| quote!(simd,));
    let watch = watched(call, &function.signature, watch);
    guarded(
        call,
        quote! {
            {
                #borrows
                #name(#simd #(#arguments),*);
                #watch
            }
        },
    )
}

/// A call that training leaves out runs only when the input's gradient is asked for.
fn guarded(call: &Call, code: TokenStream) -> TokenStream {
    if call.only_for_input {
        quote! { if input_gradient == InputGradient::Compute #code }
    } else {
        code
    }
}

/// The vectors that several tensors of a call can be borrowed from mutably.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vector {
    Arena,
    Gradients,
    Packed,
}

impl Vector {
    fn name(self) -> Ident {
        let name = match self {
            Self::Arena => "arena",
            Self::Gradients => "gradients",
            Self::Packed => "packed",
        };
        format_ident!("{name}")
    }
}

/// Whether a call is one of packing, which may read what another has left among the packed weights.
fn fills_packed(call: &Call) -> bool {
    let is_filled = |binding: &Binding| {
        matches!(binding.place, Place::Packed(_)) && binding.access != Access::Read
    };
    call.bindings.iter().any(is_filled)
}

/// `let [input, output] = regions(arena, [0..784, 784..4240]);`
fn borrow(vector: Vector, call: &Call, signature: &[Parameter]) -> TokenStream {
    let packs = fills_packed(call);
    let in_vector = |binding: &Binding| match (&binding.place, vector) {
        (Place::Arena(range), Vector::Arena) | (Place::Gradients(range), Vector::Gradients) => {
            Some(range.clone())
        }
        (Place::Packed(range), Vector::Packed) if packs => Some(range.clone()),
        _ => None,
    };
    let mut borrowed: Vec<(Ident, Range<usize>)> = Vec::new();
    let mut copies = TokenStream::new();
    for (binding, parameter) in call.bindings.iter().zip(signature) {
        let Some(range) = in_vector(binding) else {
            continue;
        };
        let name = format_ident!("{}", parameter.name);
        // A branch may begin and end with the same value, which is then read twice.
        match borrowed.iter().find(|(_, other)| *other == range) {
            Some((first, _)) => copies.extend(quote!(let #name = &*#first; let #first = #name;)),
            None => borrowed.push((name, range)),
        }
    }
    if borrowed.is_empty() {
        return TokenStream::new();
    }
    let vector = vector.name();
    let names = borrowed.iter().map(|(name, _)| name);
    let ranges = borrowed.iter().map(|(_, range)| {
        let (start, end) = (range.start, range.end);
        quote!(#start..#end)
    });
    quote!(let [#(#names),*] = regions(#vector, [#(#ranges),*]); #copies)
}

/// The nested array that a tensor is handed over as.
fn argument(call: &Call, binding: &Binding, parameter: &Parameter) -> TokenStream {
    let name = format_ident!("{}", parameter.name);
    let mutable = if binding.access == Access::Read {
        ""
    } else {
        "_mut"
    };
    let view = format_ident!("array{}{mutable}", parameter.sizes.len());
    match &binding.place {
        Place::Pass => quote!(pass),
        Place::Sample => quote!(#view(sample)),
        Place::Result => quote!(#view(result)),
        Place::Parameters(range) => {
            let (start, end) = (range.start, range.end);
            quote!(#view(&parameters[#start..#end]))
        }
        Place::Merged(range) => {
            let (start, end) = (range.start, range.end);
            quote!(#view(&pass.merged[#start..#end]))
        }
        Place::Packed(range) if !fills_packed(call) => {
            let (start, end) = (range.start, range.end);
            quote!(#view(&packed[#start..#end]))
        }
        _ => quote!(#view(#name)),
    }
}

fn watched(call: &Call, signature: &[Parameter], watch: Watch) -> Option<TokenStream> {
    let node = call.node;
    let name = |wanted: fn(&Tensor) -> bool| {
        let found = call
            .bindings
            .iter()
            .zip(signature)
            .find(|(b, _)| wanted(&b.tensor))?;
        Some(format_ident!("{}", found.1.name))
    };
    match watch {
        Watch::Value => {
            let output = name(|tensor| *tensor == Tensor::Output)?;
            Some(quote!(probe.value(#node, #output);))
        }
        Watch::Gradient => {
            let d_input = name(|tensor| matches!(tensor, Tensor::InputGradient(_)))?;
            Some(quote!(probe.gradient(#node, #d_input);))
        }
        Watch::Nothing => None,
    }
}

/// `into += from`, the second gradient of a value that is used more than once.
fn add(call: &Call) -> TokenStream {
    let ranges = call.bindings.iter().map(|binding| match &binding.place {
        Place::Arena(range) => {
            let (start, end) = (range.start, range.end);
            quote!(#start..#end)
        }
        other => unreachable!("gradients of values stand in the arena, not in {other:?}"),
    });
    guarded(
        call,
        quote! {
            {
                let [into, from] = regions(arena, [#(#ranges),*]);
                add_assign(simd, into, from);
            }
        },
    )
}
