//! The loops of a layer that is a function of each element by itself, and all else that such layers
//! have in common.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::kernel::{Elementwise, Kernel, Reads, Site, Tensor};
use crate::layers::{Fault, Follows, Interval, Layer, Properties};
use crate::layout::{Form, Layout, Mode, WIDEST, registers};
use crate::shape::Shape;

impl<F: Elementwise> Layer for F {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn follows(&self) -> Follows {
        Elementwise::follows(self)
    }

    fn properties(&self) -> Properties {
        Elementwise::properties(self)
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        Elementwise::range(self, inputs[0])
    }

    fn elementwise(&self) -> Option<&dyn Elementwise> {
        Some(self)
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        trained_forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.output {
            Layout::Samples => samples(self, site),
            Layout::Channels | Layout::Columns => single(self, site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![backward(self, site)]
    }
}

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

/// [`forms`] of a layer that can be trained on one sample too.
pub(crate) fn trained_forms(output: Shape, mode: Mode) -> Vec<Form> {
    let mut forms = forms(output, mode);
    if mode == Mode::Training && output.elements() >= WIDEST {
        let cost = registers(output.elements());
        forms.push(Form::keeping(Layout::Columns, cost));
    }
    forms
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
            for (output, input) in zip(#output, #input) {
                for part in 0..parts::<T, S>() {
                    let x = load(simd, input, part);
                    store(output, part, #result);
                }
            }
        },
    }
}

/// `d_input = d_output · f′`, with `f′` in terms of what the function reads.
fn backward(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let (at, name, tensor) = match function.reads() {
        Reads::Input => (quote!(x), "input", Tensor::Input(0)),
        Reads::Output => (quote!(y), "output", Tensor::Output),
    };
    let result = function.pull_back(at.clone(), quote!(d));
    let (shape, value) = (site.output, format_ident!("{name}"));
    let (values, d_output, d_input) = (
        flat(name, shape),
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
            tensor.read(),
            Tensor::OutputGradient.read(),
            Tensor::InputGradient(0).write(),
        ],
        items: TokenStream::new(),
        body: match site.form.output {
            Layout::Samples => quote! {
                for ((d_input, d_output), #value) in zip(zip(#d_input, #d_output), #values) {
                    for part in 0..parts::<T, S>() {
                        let (#at, d) = (load(simd, #value, part), load(simd, d_output, part));
                        store(d_input, part, #result);
                    }
                }
            },
            layout => {
                let loops = over_one(
                    layout.len(shape),
                    &quote! {
                        let (#at, d) = (load_at(simd, #value, first), load_at(simd, d_output, first));
                        store_at(d_input, first, #result);
                    },
                );
                quote! {
                    let (d_input, d_output, #value) = (#d_input, #d_output, #values);
                    #loops
                }
            }
        },
    }
}

/// The backward pass of a fused activation, on the gradient in place.
pub(crate) fn backward_in_place(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.pull_back(quote!(y), quote!(d));
    let (output, d_output) = (flat("output", site.kept), flat_mut("d_output", site.kept));
    Kernel {
        purpose: "activation_gradient",
        doc: vec![format!(
            "`d_output ← d_output · f′`, where `f(x)` is `{}`",
            function.formula("x")
        )],
        arguments: vec![Tensor::Output.read(), Tensor::OutputGradient.update()],
        items: TokenStream::new(),
        body: match site.form.output {
            Layout::Samples => quote! {
                for (d_output, output) in zip(#d_output, #output) {
                    for part in 0..parts::<T, S>() {
                        let (y, d) = (load(simd, output, part), load(simd, d_output, part));
                        store_over(d_output, part, #result);
                    }
                }
            },
            _ => quote! {
                update_scalars(simd, #d_output, #output, #[inline(always)] |d, y| #result);
            },
        },
    }
}

/// The registers of `count` elements of one sample, of which each begins at `first`; the last one may
/// overlap the one before it.
pub(crate) fn over_one(count: usize, body: &TokenStream) -> TokenStream {
    quote! {
        for v in 0..registers_of::<T, S>(#count) {
            let first = usize::min(v * width::<T, S>(), #count - width::<T, S>());
            #body
        }
    }
}

/// `output = f(input)` of one sample.
fn single(function: &dyn Elementwise, site: &Site<'_>) -> Kernel {
    let result = function.apply(quote!(x));
    let (input, output) = (flat("input", site.output), flat_mut("output", site.output));
    let loops = over_one(
        site.form.output.len(site.output),
        &quote! {
            let x = load_at(simd, input, first);
            store_at(output, first, #result);
        },
    );
    Kernel {
        purpose: site.forward_purpose(),
        doc: vec![format!("`output = {}`", function.formula("input"))],
        arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
        items: TokenStream::new(),
        body: quote! {
            let (input, output) = (#input, #output);
            #loops
        },
    }
}

/// The register of input `k` in the result of [`of_many`].
pub(crate) fn operand(k: usize) -> TokenStream {
    let name = format_ident!("x{k}");
    quote!(#name)
}

/// `output = result` of several inputs of equal shape, element by element, in any layout.
pub(crate) fn of_many(site: &Site<'_>, result: &TokenStream, formula: &str) -> Kernel {
    let inputs = 0..site.inputs.len();
    let numbers: Vec<_> = inputs.clone().map(Literal::usize_unsuffixed).collect();
    let arguments = inputs.clone().map(|k| Tensor::Input(k).read());
    let arguments = arguments.chain([Tensor::Output.write()]).collect();
    let doc = vec![format!("`output = {}`", site.activated_formula(formula))];
    let names: Vec<_> = inputs.map(|k| format_ident!("x{k}")).collect();
    let slices = (0..site.inputs.len()).map(|k| flat(&Tensor::input_name(k), site.output));
    let output = flat_mut("output", site.output);
    let loops = match site.form.output {
        Layout::Samples => quote! {
            for (e, output) in output.iter_mut().enumerate() {
                for part in 0..parts::<T, S>() {
                    #(let #names = load(simd, &inputs[#numbers][e], part);)*
                    store(output, part, #result);
                }
            }
        },
        layout => over_one(
            layout.len(site.output),
            &quote! {
                #(let #names = load_at(simd, inputs[#numbers], first);)*
                store_at(output, first, #result);
            },
        ),
    };
    let body = quote! {
        let (inputs, output) = ([#(#slices),*], #output);
        #loops
    };
    Kernel {
        purpose: site.forward_purpose(),
        doc,
        arguments,
        items: TokenStream::new(),
        body,
    }
}

/// A nested array seen as a slice of its elements.
pub(crate) fn flat(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape.image() {
        Some(_) => quote!(#name.as_flattened().as_flattened()),
        None => quote!(#name.as_slice()),
    }
}

/// A nested array seen as a slice of its elements, to be written.
pub(crate) fn flat_mut(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape.image() {
        Some(_) => quote!(#name.as_flattened_mut().as_flattened_mut()),
        None => quote!(#name.as_mut_slice()),
    }
}
