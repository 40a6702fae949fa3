//! What layers share that make one distribution of all channels: at each pixel of an image by itself,
//! or of all elements of a vector.
//!
//! The exponentials are taken of the distance to the largest element, so that none overflows.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::elementwise::{flat, flat_mut};
use crate::emit::rows::{channels, lines, lines_mut, pixels};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode, WIDEST};
use crate::shape::Shape;

/// What the layers differ in, as expressions of registers.
pub(super) struct Distribution {
    /// The formula of the output and that of the input's gradient.
    pub(super) formulas: [&'static str; 2],
    /// What is kept of an element, from its `distance` to the largest and its exponential `e`.
    pub(super) kept: TokenStream,
    /// What all elements share, from the `sum` of the exponentials.
    pub(super) shared: TokenStream,
    /// The output, from what is `kept` and `shared`.
    pub(super) output: TokenStream,
    /// What is summed up over all channels for the gradient, from the output `y` and its gradient `d`.
    pub(super) term: TokenStream,
    /// The gradient of the input, from `y`, `d` and that `sum`.
    pub(super) d_input: TokenStream,
}

/// The passes over a value, and an exponential for each element.
const COST: u64 = 8;

/// In columns every register holds pixels of its own; in channels a register is summed up across.
pub(super) fn forms(output: Shape, mode: Mode) -> Vec<Form> {
    let mut form = Form::usual(mode, output);
    form.cost *= COST;
    let mut forms = vec![form];
    let is_image = matches!(output, Shape::Image { .. });
    if mode == Mode::Single && is_image && pixels(output) >= WIDEST {
        let registers = channels(output) * pixels(output).div_ceil(WIDEST);
        forms.push(Form::keeping(Layout::Columns, COST * registers as u64));
    }
    forms
}

impl Distribution {
    /// The forward pass in the form of the site.
    pub(super) fn forward(&self, site: &Site<'_>) -> Kernel {
        let (purpose, body) = match site.form.output {
            Layout::Samples => ("forward", self.samples(site.output)),
            Layout::Columns => ("single", self.columns(site.output)),
            Layout::Channels => ("single", self.channels(site.output)),
        };
        Kernel {
            purpose,
            doc: vec![format!("`{}`", self.formulas[0])],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body,
        }
    }

    fn samples(&self, shape: Shape) -> TokenStream {
        let (input, output) = (flat("input", shape), flat_mut("output", shape));
        let at = place(shape);
        let body = self.one_register(
            channels(shape),
            &quote!(load(simd, &input[#at], part)),
            &quote!(load(simd, &output[#at], part)),
            &|value| quote!(store(&mut output[#at], part, #value);),
        );
        let loops = over_pixels(shape, &body);
        quote! {
            let (input, output) = (#input, #output);
            #loops
        }
    }

    fn columns(&self, shape: Shape) -> TokenStream {
        let (input, output) = (flat("input", shape), flat_mut("output", shape));
        let pixels = pixels(shape);
        let body = self.one_register(
            channels(shape),
            &quote!(load_at(simd, input, c * #pixels + first)),
            &quote!(load_at(simd, output, c * #pixels + first)),
            &|value| quote!(store_at(output, c * #pixels + first, #value);),
        );
        quote! {
            let (input, output) = (#input, #output);
            for v in 0..registers_of::<T, S>(#pixels) {
                let first = usize::min(v * width::<T, S>(), #pixels - width::<T, S>());
                #body
            }
        }
    }

    /// The distribution of each lane of a register by itself; every channel is a register.
    fn one_register(
        &self,
        channels: usize,
        input: &TokenStream,
        output: &TokenStream,
        write: &dyn Fn(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Self {
            kept: keep,
            shared,
            output: result,
            ..
        } = self;
        let (keep, result) = (write(keep.clone()), write(result.clone()));
        quote! {
            let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
            for c in 0..#channels {
                let x = #input;
                largest = largest.select_greater(x, largest, x);
            }
            let mut sum = splat(simd, T::ZERO);
            for c in 0..#channels {
                let distance = #input.sub(largest);
                let e = T::exp(simd, distance);
                sum = sum.add(e);
                #keep
            }
            let shared = #shared;
            for c in 0..#channels {
                let kept = #output;
                #result
            }
        }
    }

    /// Channels in the lanes. Those that only fill a register are `−∞`, whose exponential is 0.
    fn channels(&self, shape: Shape) -> TokenStream {
        let channels = channels(shape);
        let (input, output) = (lines("input", shape), lines_mut("output", shape));
        let Self {
            kept: keep,
            shared,
            output: result,
            ..
        } = self;
        quote! {
            let width = width::<T, S>();
            let registers = usize::div_ceil(#channels, width);
            for (input, output) in zip(#input.iter(), #output.iter_mut()) {
                let (input, output) = (input.as_slice(), output.as_mut_slice());
                output[..#channels].copy_from_slice(&input[..#channels]);
                output[#channels..].fill(T::from_f64(f64::NEG_INFINITY));
                let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                for v in 0..registers {
                    let x = load_at(simd, output, v * width);
                    largest = x.select_greater(largest, x, largest);
                }
                let largest = splat(simd, largest_lane::<T, S>(largest));
                let mut sum = splat(simd, T::ZERO);
                for v in 0..registers {
                    let distance = load_at(simd, output, v * width).sub(largest);
                    let e = T::exp(simd, distance);
                    sum = sum.add(e);
                    store_at(output, v * width, #keep);
                }
                let sum = splat(simd, sum.sum());
                let shared = #shared;
                for v in 0..registers {
                    let kept = load_at(simd, output, v * width);
                    store_at(output, v * width, #result);
                }
            }
        }
    }

    /// The gradient of the input, samples in the lanes.
    pub(super) fn backward(&self, site: &Site<'_>) -> Kernel {
        let (shape, channels) = (site.output, channels(site.output));
        let (output, d_output) = (flat("output", shape), flat("d_output", shape));
        let (d_input, at) = (flat_mut("d_input", shape), place(shape));
        let (term, result) = (&self.term, &self.d_input);
        let read = quote! {
            let (y, d) = (load(simd, &output[#at], part), load(simd, &d_output[#at], part));
        };
        let body = quote! {
            let mut sum = splat(simd, T::ZERO);
            for c in 0..#channels {
                #read
                sum = sum.add(#term);
            }
            for c in 0..#channels {
                #read
                store(&mut d_input[#at], part, #result);
            }
        };
        let loops = over_pixels(shape, &body);
        Kernel {
            purpose: "input_gradient",
            doc: vec![format!("`{}`", self.formulas[1])],
            arguments: vec![
                Tensor::Output.read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let (d_input, d_output, output) = (#d_input, #d_output, #output);
                #loops
            },
        }
    }
}

/// Where channel `c` at `pixel` is in a value that lies channels first.
fn place(shape: Shape) -> TokenStream {
    let pixels = pixels(shape);
    quote!(c * #pixels + pixel)
}

/// The loops over all pixels of a block, one register of samples at a time.
fn over_pixels(shape: Shape, body: &TokenStream) -> TokenStream {
    let pixels = pixels(shape);
    quote! {
        for pixel in 0..#pixels {
            for part in 0..parts::<T, S>() {
                #body
            }
        }
    }
}
