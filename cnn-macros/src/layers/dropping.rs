//! What `dropout` and `spatial_dropout` share: elements, or whole channels, are set to zero at random
//! in training, and the others scaled so that the mean stays.
//!
//! The mask is a function (`Mask` of the runtime), and backward draws it again instead of keeping it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::options::{OptionSpec, Presence, Settings, Takes};
use super::{At, Change, Fault};
use crate::emit::elementwise;
use crate::kernel::{Argument, Kernel, Site, Tensor};

/// The options of both.
pub(super) const OPTIONS: &[OptionSpec] = &[OptionSpec {
    name: "rate",
    other_names: &["p", "probability", "drop"],
    takes: Takes::Number,
    presence: Presence::Required("0.5"),
    doc: "share that is dropped, above 0 and below 1",
}];

/// The rate, if it can be one.
pub(super) fn rate(settings: &Settings) -> Result<f64, Fault> {
    let rate = settings.number("rate");
    if rate > 0.0 && rate < 1.0 {
        return Ok(rate);
    }
    let message = format!("`rate` is above 0 and below 1, found {rate}");
    // 20 was meant as a percentage.
    let is_percentage = rate > 1.0 && rate < 100.0;
    let proposed = if is_percentage { rate / 100.0 } else { 0.5 };
    Err(Fault::at(At::Option("rate"), message).change(Change::Option("rate", proposed.to_string())))
}

/// What the mask has an element for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Element,
    Channel,
}

/// `output = input · mask`
pub(super) fn forward(rate: f64, unit: Unit, site: &Site<'_>) -> Kernel {
    let [from, to] = [Tensor::Input(0), Tensor::Output];
    Kernel {
        purpose: "forward",
        doc: doc(rate, unit, "`output = input · mask`"),
        arguments: arguments(from, to),
        items: TokenStream::new(),
        body: masked(rate, unit, site, ["input", "output"]),
    }
}

/// `d_input = d_output · mask`, with the mask of `forward`.
pub(super) fn backward(rate: f64, unit: Unit, site: &Site<'_>) -> Vec<Kernel> {
    let [from, to] = [Tensor::OutputGradient, Tensor::InputGradient(0)];
    vec![Kernel {
        purpose: "input_gradient",
        doc: doc(rate, unit, "`d_input = d_output · mask`"),
        arguments: arguments(from, to),
        items: TokenStream::new(),
        body: masked(rate, unit, site, ["d_output", "d_input"]),
    }]
}

fn arguments(from: Tensor, to: Tensor) -> Vec<Argument> {
    vec![Tensor::Pass.read(), from.read(), to.write()]
}

fn doc(rate: f64, unit: Unit, formula: &str) -> Vec<String> {
    let unit = match unit {
        Unit::Element => "each element",
        Unit::Channel => "each channel",
    };
    vec![format!(
        "{formula}, where the mask is 0 with the probability {rate} and 1 / (1 − {rate}) otherwise, \
         for {unit} and sample by itself."
    )]
}

fn masked(rate: f64, unit: Unit, site: &Site<'_>, [from, to]: [&str; 2]) -> TokenStream {
    let number = site.number.expect("a layer that draws has a number");
    let multiply = quote! {
        for part in 0..parts::<T, S>() {
            store(to, part, load(simd, from, part).mul(load(simd, &factor, part)));
        }
    };
    let loops = match unit {
        Unit::Element => {
            let from = elementwise::flat(from, site.output);
            let to = elementwise::flat_mut(to, site.output);
            quote! {
                for (at, (to, from)) in zip(#to.iter_mut(), #from).enumerate() {
                    let factor = mask.at::<T>(at);
                    #multiply
                }
            }
        }
        Unit::Channel => {
            let (from, to) = (format_ident!("{from}"), format_ident!("{to}"));
            quote! {
                for (c, (to, from)) in zip(#to.iter_mut(), #from).enumerate() {
                    let factor = mask.at::<T>(c);
                    for (to, from) in zip(to.as_flattened_mut(), from.as_flattened()) {
                        #multiply
                    }
                }
            }
        }
    };
    quote! {
        let mask = Mask::new(pass.draw, #number, pass.first, #rate);
        #loops
    }
}
