//! `prelu`: each element, or a learned multiple of it where it is negative.
//!
//! # Formula
//!
//! `f(x) = x` where `x > 0`, else `weight[c] · x`; with `shared = true` the one slope stands for all channels.
//!
//! # Shapes
//!
//! The output has the input's shape. Every element of a vector is a channel.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C]`, or `[1]` with `shared = true` | 0.25 |
//!
//! # Gradient
//!
//! - `d_input = d_output` where the input is positive, else `weight[c] · d_output`
//! - `d_weight[c] += Σ d_output · input` over the channel's negative inputs and all samples; a shared slope sums
//!   over all channels
//!
//! At 0 the slope is `weight[c]`.
//!
//! # Source
//!
//! K. He et al., *Delving Deep into Rectifiers*, 2015, section 2.1. PyTorch: `PReLU(C)`, and `PReLU()` with
//! `shared = true`. Keras: `PReLU`, which has a slope for each element unless `shared_axes` says otherwise, and
//! begins with 0.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Slopes: 2 -> slopes: prelu -> 2
//!     Shared: 8x5x5 -> prelu(shared = true) -> 8x5x5
//! }
//!
//! let net = Slopes::new(1);
//! assert_eq!(net.slopes().weight(), &[0.25; 2]);
//! assert_eq!(net.predict(&[-2.0, 2.0]), [-0.5, 2.0]);
//! assert_eq!(<Shared>::SPEC.parameter_count, 1);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Fault, Follows, Layer, Parameter, Role};
use crate::emit::elementwise;
use crate::emit::rows::{channels, lines, lines_mut, packing, row, row_mut};
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "prelu",
    doc: "each element, or a learned slope times it where it is negative",
    other_names: &["parametric_relu", "p_re_lu"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[OptionSpec {
        name: "shared",
        other_names: &["shared_axes"],
        takes: Takes::Switch,
        presence: Presence::Default(Setting::Switch(false)),
        doc: "one slope for all channels in place of one for each",
    }],
    build,
};

/// Parametric `relu`, with a slope for each channel or one for all.
#[derive(Debug)]
pub(crate) struct Prelu {
    shared: bool,
}

/// What slopes begin with, in the paper and in PyTorch.
const INITIAL: f64 = 0.25;

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Prelu {
        shared: settings.switch("shared"),
    }))
}

impl Prelu {
    /// Where the slope of channel `c` stands.
    fn place(&self) -> TokenStream {
        match self.shared {
            true => quote!(0),
            false => quote!(c),
        }
    }

    fn formula(&self) -> String {
        format!("weight[{}] · input[c]", self.place())
    }

    fn forward_doc(&self) -> Vec<String> {
        let formula = self.formula();
        vec![format!(
            "`output[c]` is `input[c]` where that is positive, else `{formula}`."
        )]
    }

    /// A block, samples in the lanes.
    fn samples(&self, site: &Site<'_>) -> Kernel {
        let (place, channels) = (self.place(), channels(site.output));
        let (input, output) = (row("input", site.output), row_mut("output", site.output));
        Kernel {
            purpose: "forward",
            doc: self.forward_doc(),
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Parameter(0).read(),
                Tensor::Output.write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                for c in 0..#channels {
                    let slope = splat(simd, weight[#place]);
                    for (output, input) in zip(#output.iter_mut(), #input.iter()) {
                        for part in 0..parts::<T, S>() {
                            let x = load(simd, input, part);
                            let y = splat(simd, T::ZERO).select_greater(x, x.mul(slope), x);
                            store(output, part, y);
                        }
                    }
                }
            },
        }
    }

    /// One sample, channels in the lanes or row by row.
    fn single(&self, site: &Site<'_>) -> Kernel {
        let (shape, channels) = (site.output, channels(site.output));
        let negative = quote!(splat(simd, T::ZERO).select_greater(x, x.mul(slope), x));
        let body = match site.form.output {
            Layout::Columns => {
                let (input, output) = (row("input", shape), row_mut("output", shape));
                quote! {
                    let width = width::<T, S>();
                    for c in 0..#channels {
                        let slope = splat(simd, packed_weight[c]);
                        for (input, output) in zip(#input.chunks(width), #output.chunks_mut(width)) {
                            let x = load_first(simd, input, T::ZERO);
                            store_first::<T, S>(output, #negative);
                        }
                    }
                }
            }
            Layout::Channels | Layout::Samples => {
                let (input, output) = (lines("input", shape), lines_mut("output", shape));
                quote! {
                    for (input, output) in zip(#input.iter(), #output.iter_mut()) {
                        for v in 0..registers_of::<T, S>(#channels) {
                            let first = v * width::<T, S>();
                            let slope = load_at(simd, packed_weight, first);
                            let x = load_at(simd, input.as_slice(), first);
                            store_at(output.as_mut_slice(), first, #negative);
                        }
                    }
                }
            }
        };
        Kernel {
            purpose: "single",
            doc: self.forward_doc(),
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Packed(0).read(),
                Tensor::Output.write(),
            ],
            items: TokenStream::new(),
            body,
        }
    }

    fn weight_gradient(&self, site: &Site<'_>) -> Kernel {
        let (place, channels) = (self.place(), channels(site.output));
        let (input, d_output) = (row("input", site.output), row("d_output", site.output));
        Kernel {
            purpose: "weight_gradient",
            doc: vec![format!(
                "`d_weight[{place}] += Σ d_output[c] · input[c]` over negative inputs and all samples."
            )],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::OutputGradient.read(),
                Tensor::ParameterGradient(0).update(),
            ],
            items: TokenStream::new(),
            body: quote! {
                for c in 0..#channels {
                    for part in 0..parts::<T, S>() {
                        let mut sum = splat(simd, T::ZERO);
                        for (input, d_output) in zip(#input.iter(), #d_output.iter()) {
                            let (x, d) = (load(simd, input, part), load(simd, d_output, part));
                            let negative = splat(simd, T::ZERO)
                                .select_greater(x, x, splat(simd, T::ZERO));
                            sum = negative.mul_add(d, sum);
                        }
                        d_weight[#place] += sum.sum();
                    }
                }
            },
        }
    }

    fn input_gradient(&self, site: &Site<'_>) -> Kernel {
        let (place, channels) = (self.place(), channels(site.output));
        let (input, d_output) = (row("input", site.output), row("d_output", site.output));
        let d_input = row_mut("d_input", site.output);
        Kernel {
            purpose: "input_gradient",
            doc: vec![format!(
                "`d_input[c]` is `d_output[c]` where the input is positive, else \
                 `weight[{place}] · d_output[c]`."
            )],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Parameter(0).read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                for c in 0..#channels {
                    let slope = splat(simd, weight[#place]);
                    let values = zip(#input.iter(), #d_output.iter());
                    for (d_input, (input, d_output)) in zip(#d_input.iter_mut(), values) {
                        for part in 0..parts::<T, S>() {
                            let (x, d) = (load(simd, input, part), load(simd, d_output, part));
                            let d = x.select_greater(splat(simd, T::ZERO), d, d.mul(slope));
                            store(d_input, part, d);
                        }
                    }
                }
            },
        }
    }
}

impl Layer for Prelu {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let slopes = match self.shared {
            true => 1,
            false => channels(inputs[0]),
        };
        vec![Parameter {
            name: "weight",
            shape: vec![slopes],
            role: Role::Factor { initial: INITIAL },
        }]
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        elementwise::forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.output {
            Layout::Samples => self.samples(site),
            Layout::Channels | Layout::Columns => self.single(site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![self.weight_gradient(site), self.input_gradient(site)]
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        let place = self.place();
        let source = |weight| quote!(#weight[#place]);
        Some(packing(channels(site.output), &["weight"], &source))
    }
}
