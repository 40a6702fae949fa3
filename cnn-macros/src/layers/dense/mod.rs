//! `dense`: every output sees every input.
//!
//! The loops are in the module below, this file holds what the compiler's passes ask.
//!
//! # Formula
//!
//! `output[o] = bias[o] + Σ weight[o][i] · input[i]`, summed over `i`.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | vector `N` | `outputs` |
//!
//! An image or a signal is made a vector by [`flatten`] first, which is never done silently.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[outputs][N]` | as the activation behind it wants, see [`Initialization`](crate::init::Initialization); `fan_in` is `N` |
//! | `bias` | `[outputs]`, unless `bias = false` | 0 |
//!
//! # Gradient
//!
//! - `d_input[i] = Σ weight[o][i] · d_output[o]`
//! - `d_weight[o][i] += Σ d_output[o] · input[i]`, over all samples
//! - `d_bias[o] += Σ d_output[o]`, over all samples
//!
//! # Source
//!
//! D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, 1986, equation
//! 1. PyTorch: `Linear`. Keras: `Dense`, whose kernel is stored transposed.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Two: 2 -> sums: dense(2) -> 2 }
//!
//! let mut net = Two::zeroed();
//! *net.sums_mut().weight() = [[1.0, 2.0], [3.0, 4.0]];
//! *net.sums_mut().bias() = [0.5, -0.5];
//! assert_eq!(net.predict(&[10.0, 100.0]), [210.5, 429.5]);
//! ```

mod kernels;
mod single;

use kernels::Sizes;

use super::folding::Folding;
use super::options::{Kind, OptionSpec, Presence, Rank, Setting, Settings, Takes};
use super::{Change, Fault, Follows, Layer, Parameter, Properties, Role};
use crate::kernel::{Kernel, Packing, Site};
use crate::layout::{Form, Layout, Mode, SECOND_CACHE};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "dense",
    doc: "every output is a weighted sum of all inputs",
    other_names: &["linear", "fc", "fully_connected", "affine"],
    has_window: false,
    takes: Rank::Flat,
    gives: Rank::Flat,
    options: &[
        OptionSpec {
            name: "outputs",
            other_names: &["units", "out_features", "features", "neurons", "channels"],
            takes: Takes::Count,
            presence: Presence::Required("10"),
            doc: "number of outputs",
        },
        OptionSpec {
            name: "bias",
            other_names: &["use_bias"],
            takes: Takes::Switch,
            presence: Presence::Default(Setting::Switch(true)),
            doc: "whether a number per output is added",
        },
    ],
    build,
};

/// A dense layer with its options.
#[derive(Debug)]
pub(crate) struct Dense {
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(Dense {
        outputs: settings.count("outputs"),
        bias: settings.switch("bias"),
    }))
}

impl Dense {
    fn sizes(&self, site: &Site<'_>) -> Sizes {
        Sizes {
            inputs: site.inputs[0].elements(),
            outputs: self.outputs,
            bias: Folding::new(self.bias, site).has_bias(),
        }
    }
}

impl Layer for Dense {
    fn output(&self, _inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(self.outputs))
    }

    fn properties(&self) -> Properties {
        Properties {
            without_constant: self
                .bias
                .then(|| Change::Option("bias", "false".to_owned())),
            ..Properties::default()
        }
    }

    fn constant_output(&self) -> Option<Shape> {
        Some(Shape::Flat(self.outputs))
    }

    fn fit(&self, _input: Option<Shape>, wanted: Shape) -> Option<Change> {
        match wanted {
            Shape::Flat(outputs) => Some(Change::Option("outputs", outputs.to_string())),
            Shape::Image { .. } | Shape::Signal { .. } => None,
        }
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let inputs = inputs[0].elements();
        let weight = Parameter {
            name: "weight",
            shape: vec![self.outputs, inputs],
            role: Role::Weight {
                fan_in: inputs,
                fan_out: self.outputs,
            },
        };
        let bias = Parameter {
            name: "bias",
            shape: vec![self.outputs],
            role: Role::Bias,
        };
        std::iter::once(weight)
            .chain(self.bias.then_some(bias))
            .collect()
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        (inputs[0].elements() * self.outputs) as u64
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        /// What fits into the nearest cache, in bytes of single precision.
        const NEAR: usize = 32 << 10;
        /// By how much a multiply–add is slower that waits for its weights from the second cache, or from beyond:
        /// with them the estimates of what a block is worth are 6 samples and 3; measured were 5 to 7 for the dense
        /// autoencoder (AMD EPYC, AVX2, 2026-11-25), 5 to 11 for weights of 64 and 256 KiB, and 1.2 to 2.4 for
        /// those of 4 and 16 MiB (Intel Xeon, AVX-512 and AVX2, 2026-11-29).
        const FROM_SECOND: u64 = 3;
        const FROM_BEYOND: u64 = 8;
        let mut form = Form::usual(mode, output);
        let inputs = inputs[0].elements();
        form.cost *= inputs as u64;
        // One sample takes every weight once.
        let bytes = inputs * self.outputs * size_of::<f32>();
        if mode == Mode::Single && bytes > SECOND_CACHE {
            form.cost *= FROM_BEYOND;
        } else if mode == Mode::Single && bytes > NEAR {
            form.cost *= FROM_SECOND;
        }
        vec![form]
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.output {
            Layout::Samples => kernels::forward(self.sizes(site), site),
            Layout::Channels | Layout::Columns => single::single(self.sizes(site), site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let sizes = self.sizes(site);
        vec![
            kernels::weight_gradient(sizes),
            kernels::input_gradient(sizes),
        ]
    }

    fn takes_affine(&self) -> bool {
        true
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        let (sizes, folding) = (self.sizes(site), Folding::new(self.bias, site));
        Some(match site.form.output {
            Layout::Samples => kernels::packing(sizes, folding),
            Layout::Channels | Layout::Columns => single::packing(sizes, folding),
        })
    }
}
