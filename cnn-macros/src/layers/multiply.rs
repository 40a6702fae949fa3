//! `multiply`: the product of two branches, of which the second may be one factor per channel.
//!
//! # Formula
//!
//! `output = first · second`, element by element; with one factor per channel
//! `output[c][y][x] = first[c][y][x] · second[c]`.
//!
//! # Shapes
//!
//! | first | second | output |
//! |---|---|---|
//! | any shape | the same | the same |
//! | image `C x H x W` | vector `C`, or `C x 1 x 1` | `C x H x W` |
//! | signal `C x L` | vector `C`, or `C x 1` | `C x L` |
//!
//! # Gradient
//!
//! `d_first = d_output · second` and `d_second = d_output · first`; a factor receives the sum over its channel,
//! `d_second[c] = Σ d_output[c][y][x] · first[c][y][x]`.
//!
//! # Source
//!
//! The gate of a squeeze-and-excitation block: J. Hu, L. Shen, G. Sun, *Squeeze-and-Excitation Networks*, 2018,
//! equation 4. PyTorch: `a * b`, with `b[:, :, None, None]` for a vector. Keras: `Multiply`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Squared: 3 -> multiply(identity, identity) -> 3
//!     Excited: 16x8x8
//!         -> multiply(identity, global_avg_pool -> dense(4) -> relu -> dense(16) -> sigmoid) -> 16x8x8
//! }
//!
//! assert_eq!(Squared::new(1).predict(&[1.0, -2.0, 3.0]), [1.0, 4.0, 9.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::branches::BRANCHES;
use super::options::{Kind, Rank};
use super::{At, Fault, Layer};
use crate::emit::elementwise;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "multiply",
    doc: "the product of the outputs of two chains, of which the second may be one factor per channel",
    other_names: &["mul", "product", "scale"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: BRANCHES,
    build: |_| Ok(Box::new(Multiply)),
};

/// The product of its inputs.
#[derive(Debug)]
pub(crate) struct Multiply;

/// One factor per channel: how it lies, and the image that it scales.
#[derive(Clone, Copy)]
struct Gate {
    channels: usize,
    height: usize,
    width: usize,
    is_flat: bool,
}

impl Multiply {
    fn gate(inputs: &[Shape]) -> Option<Gate> {
        let [image, factors] = *inputs else {
            return None;
        };
        let [channels, height, width] = image.image()?;
        let gate = |is_flat| Gate {
            channels,
            height,
            width,
            is_flat,
        };
        if factors == inputs[0] {
            return None;
        }
        match factors {
            Shape::Flat(length) => (length == channels).then(|| gate(true)),
            _ => (factors.image() == Some([channels, 1, 1])).then(|| gate(false)),
        }
    }
}

impl Layer for Multiply {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [one, other] = *inputs else {
            let message = format!("`multiply` takes two branches, found {}", inputs.len());
            return Err(Fault::at(At::Layer, message)
                .help("write `multiply(multiply(…, …), …)` for more".to_owned()));
        };
        if one == other || Self::gate(inputs).is_some() {
            return Ok(one);
        }
        let message =
            format!("branches of different shapes cannot be multiplied: {one} and {other}");
        let help = match one {
            _ if Self::gate(&[other, one]).is_some() => format!(
                "exchange the branches: the one that ends with {other} stands first, the factors, \
                 {one}, second"
            ),
            Shape::Image { channels, .. } | Shape::Signal { channels, .. } => format!(
                "let the second branch end with {one}, or with one factor per channel: {channels}"
            ),
            Shape::Flat(_) => format!("let every branch end with {one}"),
        };
        Err(Fault::at(At::Layer, message)
            .note(format!("multiplies {one} and {other}"))
            .help(help))
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        match Self::gate(inputs) {
            None => elementwise::forms(output, mode),
            Some(_) => vec![Form::usual(mode, output)],
        }
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let Some(gate) = Self::gate(site.inputs) else {
            let product = [0, 1].map(elementwise::operand);
            let [one, other] = product;
            return elementwise::of_many(
                site,
                &site.activate(quote!(#one.mul(#other))),
                "input · input1",
            );
        };
        let (purpose, body) = match site.form.input {
            Layout::Samples => ("forward", gate.samples(site)),
            Layout::Channels | Layout::Columns => ("single", gate.channels(site)),
        };
        Kernel {
            purpose,
            doc: vec![format!(
                "`output[c][y][x] = {}`",
                site.activated_formula("input[c][y][x] · input1[c]")
            )],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Input(1).read(),
                Tensor::Output.write(),
            ],
            items: TokenStream::new(),
            body,
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        match Self::gate(site.inputs) {
            Some(gate) => gate.backward(),
            None => vec![by_other(site, 0), by_other(site, 1)],
        }
    }
}

/// `d_input = d_output · other` for input `k`.
fn by_other(site: &Site<'_>, k: usize) -> Kernel {
    let other = elementwise::flat(&Tensor::input_name(1 - k), site.output);
    let d_output = elementwise::flat("d_output", site.output);
    let d_input = elementwise::flat_mut("d_input", site.output);
    Kernel {
        purpose: "input_gradient",
        doc: vec!["`d_input = d_output ·` the other input".to_owned()],
        arguments: vec![
            Tensor::Input(1 - k).read(),
            Tensor::OutputGradient.read(),
            Tensor::InputGradient(k).write(),
        ],
        items: TokenStream::new(),
        body: quote! {
            for ((d_input, d_output), other) in zip(zip(#d_input, #d_output), #other) {
                for part in 0..parts::<T, S>() {
                    let d = load(simd, d_output, part).mul(load(simd, other, part));
                    store(d_input, part, d);
                }
            }
        },
    }
}

impl Gate {
    /// The factor of channel `c` in a block.
    fn factor(self, array: TokenStream) -> TokenStream {
        match self.is_flat {
            true => quote!(#array[c]),
            false => quote!(#array[c][0][0]),
        }
    }

    fn samples(self, site: &Site<'_>) -> TokenStream {
        let Self {
            channels,
            height,
            width,
            ..
        } = self;
        let factor = self.factor(quote!(input1));
        let result = site.activate(quote!(product));
        quote! {
            for c in 0..#channels {
                for part in 0..parts::<T, S>() {
                    let factor = load(simd, &#factor, part);
                    for y in 0..#height {
                        for x in 0..#width {
                            let product = load(simd, &input[c][y][x], part).mul(factor);
                            store(&mut output[c][y][x], part, #result);
                        }
                    }
                }
            }
        }
    }

    fn channels(self, site: &Site<'_>) -> TokenStream {
        let Self {
            channels,
            height,
            width,
            ..
        } = self;
        let factors = match self.is_flat {
            true => quote!(input1),
            false => quote!(&input1[0][0]),
        };
        let result = site.activate(quote!(product));
        quote! {
            for v in 0..registers_of::<T, S>(#channels) {
                let factor = load_at(simd, #factors, v * width::<T, S>());
                for y in 0..#height {
                    for x in 0..#width {
                        let product = load_at(simd, &input[y][x], v * width::<T, S>()).mul(factor);
                        store_at(&mut output[y][x], v * width::<T, S>(), #result);
                    }
                }
            }
        }
    }

    fn backward(self) -> Vec<Kernel> {
        vec![self.by_image(), self.by_factors()]
    }

    fn by_image(self) -> Kernel {
        let factor = self.factor(quote!(input1));
        Kernel {
            purpose: "input_gradient",
            doc: vec!["`d_input[c][y][x] = d_output[c][y][x] · input1[c]`".to_owned()],
            arguments: vec![
                Tensor::Input(1).read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: self.over_deltas([
                quote!(let factor = load(simd, &#factor, part);),
                quote!(store(&mut d_input[c][y][x], part, delta.mul(factor));),
                quote!(),
            ]),
        }
    }

    fn by_factors(self) -> Kernel {
        let d_factor = self.factor(quote!(d_input));
        Kernel {
            purpose: "gate_gradient",
            doc: vec!["`d_input[c] = Σ_y Σ_x d_output[c][y][x] · input[c][y][x]`".to_owned()],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(1).write(),
            ],
            items: TokenStream::new(),
            body: self.over_deltas([
                quote!(let mut sum = splat(simd, T::ZERO);),
                quote!(sum = load(simd, &input[c][y][x], part).mul_add(delta, sum);),
                quote!(store(&mut #d_factor, part, sum);),
            ]),
        }
    }

    /// Visits the output's gradient, channel by channel: what is done before a channel, for each
    /// `delta`, and after the channel.
    fn over_deltas(self, [before, each, after]: [TokenStream; 3]) -> TokenStream {
        let Self {
            channels,
            height,
            width,
            ..
        } = self;
        quote! {
            for c in 0..#channels {
                for part in 0..parts::<T, S>() {
                    #before
                    for y in 0..#height {
                        for x in 0..#width {
                            let delta = load(simd, &d_output[c][y][x], part);
                            #each
                        }
                    }
                    #after
                }
            }
        }
    }
}
