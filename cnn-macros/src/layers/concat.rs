//! `concat`: the outputs of several branches one after another, channel by channel.
//!
//! # Formula
//!
//! The channels of the first chain's output, then those of the second, and so on; vectors one after another.
//!
//! # Shapes
//!
//! | inputs | output |
//! |---|---|
//! | images `C1 x H x W`, `C2 x H x W`, … | `C1 + C2 + … x H x W` |
//! | signals `C1 x L`, `C2 x L`, … | `C1 + C2 + … x L` |
//! | vectors `N1`, `N2`, … | `N1 + N2 + …` |
//!
//! # Gradient
//!
//! Every chain receives the part of `d_output` that came from it.
//!
//! # Source
//!
//! C. Szegedy et al., *Going Deeper with Convolutions*, 2015, section 4; G. Huang et al., *Densely Connected
//! Convolutional Networks*, 2017, equation 2. PyTorch: `cat([a, b], dim=1)`. Keras: `Concatenate`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! {
//!     Twice: 2 -> concat(identity, relu) -> 4
//!     Inception: 32x7x7
//!         -> concat(conv<1x1>(16), conv<3x3>(24, padding = same), conv<5x5>(8, padding = same)) -> 48x7x7
//! }
//!
//! assert_eq!(Twice::new(1).predict(&[-1.0, 2.0]), [-1.0, 2.0, 0.0, 2.0]);
//! ```

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::branches::BRANCHES;
use super::options::{Kind, Rank};
use super::{At, Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "concat",
    doc: "the outputs of several chains one after another, channel by channel",
    other_names: &["concatenate", "cat", "stack"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: BRANCHES,
    build: |_| Ok(Box::new(Concat)),
};

/// Its inputs one after another.
#[derive(Debug)]
pub(crate) struct Concat;

/// What two branches must have in common: all sizes but the first.
fn rest(shape: Shape) -> Vec<usize> {
    shape.sizes().split_off(1)
}

/// By what `from` is to be upsampled so that it has the sizes of `to`, if that can be done.
fn growth(from: Shape, to: Shape) -> Option<String> {
    let (from, to) = (rest(from), rest(to));
    if from.len() != to.len() || from.is_empty() {
        return None;
    }
    let factor = |(from, to): (&usize, &usize)| (to % from == 0).then(|| (to / from).to_string());
    let factors: Option<Vec<String>> = from.iter().zip(&to).map(factor).collect();
    Some(factors?.join("x"))
}

impl Layer for Concat {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let first = inputs[0];
        if let Some(other) = inputs.iter().find(|&&shape| rest(shape) != rest(first)) {
            let message =
                format!("branches of different sizes cannot be joined: {first} and {other}");
            let help = match growth(first, *other).or_else(|| growth(*other, first)) {
                Some(factors) => format!("let the smaller one end with `-> upsample<{factors}>`"),
                None => "only the number of channels may differ between branches".to_owned(),
            };
            return Err(Fault::at(At::Layer, message)
                .note(format!("joins {first} and {other}"))
                .help(help));
        }
        let total = inputs.iter().map(|shape| shape.sizes()[0]).sum();
        Ok(first.with_channels(total))
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut forms = vec![Form::usual(mode, output)];
        let cost = output.elements() as u64;
        match (mode, output) {
            (Mode::Single, Shape::Image { .. }) => {
                forms[0].cost = cost;
                forms.push(Form::keeping(Layout::Columns, cost / 4));
            }
            (Mode::Training, _) => forms.push(Form::keeping(Layout::Columns, cost / 16)),
            _ => {}
        }
        forms
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let mut first = 0;
        let mut copies = TokenStream::new();
        for (k, shape) in site.inputs.iter().enumerate() {
            let (name, channels) = (Tensor::input_name(k), shape.sizes()[0]);
            let name = format_ident!("{name}");
            let end = first + channels;
            copies.extend(match (site.form.input, site.output) {
                (Layout::Channels, Shape::Image { height, width, .. }) => quote! {
                    for y in 0..#height {
                        for x in 0..#width {
                            output[y][x][#first..#end].copy_from_slice(&#name[y][x][..#channels]);
                        }
                    }
                },
                (Layout::Channels, Shape::Flat(_)) => {
                    quote!(output[#first..#end].copy_from_slice(&#name[..#channels]);)
                }
                _ => quote!(output[#first..#end].copy_from_slice(#name);),
            });
            first = end;
        }
        let inputs = (0..site.inputs.len()).map(|k| Tensor::Input(k).read());
        Kernel {
            purpose: site.forward_purpose(),
            doc: vec!["The channels of every input one after another.".to_owned()],
            arguments: inputs.chain([Tensor::Output.write()]).collect(),
            items: TokenStream::new(),
            body: copies,
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let mut first = 0;
        let part = |(k, shape): (usize, &Shape)| {
            let end = first + shape.sizes()[0];
            let body = quote! { d_input.copy_from_slice(&d_output[#first..#end]); };
            first = end;
            Kernel {
                purpose: "input_gradient",
                doc: vec!["Every input receives the gradient of its channels.".to_owned()],
                arguments: vec![
                    Tensor::OutputGradient.read(),
                    Tensor::InputGradient(k).write(),
                ],
                items: TokenStream::new(),
                body,
            }
        };
        site.inputs.iter().enumerate().map(part).collect()
    }
}
