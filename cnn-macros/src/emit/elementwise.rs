//! The loops of a layer that is a function of each element by itself.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::kernel::{Elementwise, Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode, WIDEST, registers};
use crate::shape::Shape;

/// Any layout will do, if there is at least a register of elements.
pub(crate) fn forms(output: Shape, mode: Mode) -> Vec<Form> {
    let mut forms = vec![Form::usual(mode, output)];
    let is_image = output.image().is_some();
    if mode == Mode::Single && is_image && output.elements() >= WIDEST {
        let cost = registers(output.elements());
        forms.push(Form::keeping(Layout::Columns, cost));
    }
    forms
}

/// `output = f(input)` in any layout.
pub(crate) fn forward(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    match site.form.output {
        Layout::Samples => samples(function, site),
        Layout::Channels | Layout::Columns => single(function, site),
    }
}

/// `output = f(input)`, samples in the lanes.
fn samples(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.apply(quote!(x));
    let (input, output) = (flat("input", site.output), flat_mut("output", site.output));
    Kernel {
        purpose: "forward",
        doc: vec![format!("`output = {}`", function.formula("input"))],
        arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
        items: TokenStream::new(),
        body: quote! {
            for (output, input) in #output.iter_mut().zip(#input) {
                for part in 0..parts::<T, S>() {
                    let x = load(simd, input, part);
                    store(output, part, #result);
                }
            }
        },
    }
}

/// `d_input = d_output · f′`, with `f′` in terms of the output.
pub(crate) fn backward(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.pull_back(quote!(y), quote!(d));
    let shape = site.output;
    let (output, d_output, d_input) = (
        flat("output", shape),
        flat("d_output", shape),
        flat_mut("d_input", shape),
    );
    Kernel {
        purpose: "input_gradient",
        doc: vec![format!(
            "`d_input = d_output · f′`, where `f(x)` is `{}`",
            function.formula("x")
        )],
        arguments: vec![
            Tensor::Output.read(),
            Tensor::OutputGradient.read(),
            Tensor::InputGradient(0).write(),
        ],
        items: TokenStream::new(),
        body: quote! {
            for ((d_input, d_output), output) in #d_input.iter_mut().zip(#d_output).zip(#output) {
                for part in 0..parts::<T, S>() {
                    let (y, d) = (load(simd, output, part), load(simd, d_output, part));
                    store(d_input, part, #result);
                }
            }
        },
    }
}

/// The backward pass of a fused activation, on the gradient in place.
pub(crate) fn backward_in_place(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.pull_back(quote!(y), quote!(d));
    let (output, d_output) = (
        flat("output", site.output),
        flat_mut("d_output", site.output),
    );
    Kernel {
        purpose: "activation_gradient",
        doc: vec![format!(
            "`d_output ← d_output · f′`, where `f(x)` is `{}`",
            function.formula("x")
        )],
        arguments: vec![Tensor::Output.read(), Tensor::OutputGradient.update()],
        items: TokenStream::new(),
        body: quote! {
            for (d_output, output) in #d_output.iter_mut().zip(#output) {
                for part in 0..parts::<T, S>() {
                    let (y, d) = (load(simd, output, part), load(simd, d_output, part));
                    store(d_output, part, #result);
                }
            }
        },
    }
}

/// `output = f(input)` of one sample, one register after another; the last one may overlap the one
/// before it.
fn single(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.apply(quote!(x));
    let (input, output) = (flat("input", site.output), flat_mut("output", site.output));
    let count = site.form.output.len(site.output);
    Kernel {
        purpose: "single",
        doc: vec![format!("`output = {}`", function.formula("input"))],
        arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
        items: TokenStream::new(),
        body: quote! {
            for v in 0..usize::div_ceil(#count, width::<T, S>()) {
                let first = usize::min(v * width::<T, S>(), #count - width::<T, S>());
                let x = load_at(simd, #input, first);
                store_at(#output, first, #result);
            }
        },
    }
}

/// A nested array seen as a slice of its elements.
fn flat(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape.image() {
        Some(_) => quote!(#name.as_flattened().as_flattened()),
        None => quote!(#name.as_slice()),
    }
}

/// A nested array seen as a slice of its elements, to be written.
fn flat_mut(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape.image() {
        Some(_) => quote!(#name.as_flattened_mut().as_flattened_mut()),
        None => quote!(#name.as_mut_slice()),
    }
}
