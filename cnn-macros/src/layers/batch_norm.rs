//! `batch_norm`: every channel brought to mean 0 and variance 1 over the batch, then scaled and shifted.
//!
//! The loops are in the modules below, this file holds what the compiler's passes ask.
//!
//! # Formula
//!
//! `output = weight[c] · (input − mean[c]) / √(variance[c] + epsilon) + bias[c]`
//!
//! Training takes mean and variance of all samples and positions of a batch, divided by their number `n`;
//! inference takes the running ones.
//!
//! # Shapes
//!
//! The output has the input's shape. In an image or a signal a channel is all positions of it; of a vector
//! every element is a channel. A batch needs two values per channel: of vectors two samples.
//!
//! # Parameters
//!
//! | name | shape | begins as |
//! |---|---|---|
//! | `weight` | `[C]`, unless `affine = false` | 1 |
//! | `bias` | `[C]`, unless `affine = false` | 0 |
//! | `running_mean` | `[C]` | 0 |
//! | `running_var` | `[C]` | 1 |
//! | `num_batches_tracked` | one number | 0 |
//!
//! The last three are statistics: files hold them, no optimizer changes them, and
//! [`parameters`](crate::Network::parameters) leaves them out.
//!
//! # Gradient
//!
//! With the normalized input `z = (input − mean) / √(variance + epsilon)`, and sums over the channel's `n` values
//! in the whole batch:
//!
//! - `d_input = weight[c] / √(variance[c] + epsilon) · (d_output − (Σ d_output + z · Σ d_output · z) / n)`
//! - `d_weight[c] += Σ d_output · z`
//! - `d_bias[c] += Σ d_output`
//!
//! # Training and inference
//!
//! After each step, `running = (1 − momentum) · running + momentum · batch`, where the batch's variance is the
//! one without bias, divided by `n − 1`. The batch is the whole one for any number of threads. An evaluation is
//! an inference; [`freeze`](crate::NetworkExt::freeze) and `predict` are, too.
//!
//! A layer that is [`#[frozen]`](crate::network#frozen-layers) takes the running statistics in training too, and
//! they stay as they are; its `d_input` is `weight[c] / √(running_var[c] + epsilon) · d_output`.
//!
//! In inference the layer is a scale and a shift of each channel. Directly behind a `conv`, `depthwise_conv`,
//! `transposed_conv` or `dense` whose output nothing else reads, both are folded into a copy of that layer's
//! weights and biases, and the norm costs nothing:
//!
//! - `scale[c] = weight[c] / √(running_var[c] + epsilon)`, `shift[c] = bias[c] − running_mean[c] · scale[c]`
//! - of the layer before, `weight[c]` becomes `weight[c] · scale[c]`, and `bias[c]` becomes
//!   `bias[c] · scale[c] + shift[c]`.
//!
//! # Source
//!
//! S. Ioffe, C. Szegedy, *Batch Normalization*, 2015, algorithms 1 and 2. PyTorch: `BatchNorm1d`, `BatchNorm2d`.
//! Keras: `BatchNormalization`, whose momentum is 1 minus this one, and whose epsilon is 0.001.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Regular: 2 -> norm: batch_norm -> 2 }
//!
//! let mut net = Regular::new(1);
//! assert_eq!(net.norm().weight(), &[1.0; 2]);
//! // Two means, two variances, and how many batches they come from.
//! assert_eq!(net.statistics().len(), 2 + 2 + 1);
//! net.norm_mut().weight()[1] = 3.0;
//! net.norm_mut().bias()[1] = 0.5;
//! // No batch yet: the mean is 0 and the variance 1.
//! let output = net.predict(&[2.0, 2.0]);
//! assert!((output[0] - 2.0).abs() < 1e-4 && (output[1] - 6.5).abs() < 1e-4);
//! ```

mod backward;
mod forward;
mod single;

use super::options::{Kind, OptionSpec, Presence, Rank, SIZES_FLOW_IN, Setting, Settings, Takes};
use super::{
    At, Change, Fault, Layer, Parameter, Properties, Reduction, Removal, Role, Rule, Statistic,
    StatisticRole,
};
use crate::kernel::{Elementwise, Kernel, Packing, Site};
use crate::layout::{Form, Layout, Mode, WIDEST, registers};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "batch_norm",
    doc: "every channel, or element of a vector, brought to mean 0 and variance 1 over the batch; \
          inference takes running statistics",
    other_names: &[
        "batchnorm",
        "batchnorm1d",
        "batchnorm2d",
        "batch_norm1d",
        "batch_norm2d",
        "batch_normalization",
        "bn",
    ],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[
        OptionSpec {
            name: "momentum",
            other_names: &["decay"],
            takes: Takes::Number,
            presence: Presence::Default(Setting::Number(0.1)),
            doc: "share of the newest batch in the running statistics, above 0 and at most 1",
        },
        OptionSpec {
            name: "epsilon",
            other_names: &["eps"],
            takes: Takes::Number,
            presence: Presence::Default(Setting::Number(1e-5)),
            doc: "what is added to the variance, above 0 and at most 1",
        },
        OptionSpec {
            name: "affine",
            other_names: &["scale", "center", "elementwise_affine"],
            takes: Takes::Switch,
            presence: Presence::Default(Setting::Switch(true)),
            doc: "whether a learned scale and shift per channel follow",
        },
    ],
    build,
};

/// Batch normalization with its options.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    momentum: f64,
    epsilon: f64,
    affine: bool,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let momentum = settings.number("momentum");
    if !(momentum > 0.0 && momentum <= 1.0) {
        let message = format!("`momentum` is above 0 and at most 1, found {momentum}");
        let proposed = Change::Option("momentum", "0.1".to_owned());
        return Err(Fault::at(At::Option("momentum"), message)
            .change(proposed)
            .help(SIZES_FLOW_IN.to_owned()));
    }
    let epsilon = settings.number("epsilon");
    if !(epsilon > 0.0 && epsilon <= 1.0) {
        let message = format!("`epsilon` is above 0 and at most 1, found {epsilon}");
        let proposed = Change::Option("epsilon", "1e-5".to_owned());
        return Err(Fault::at(At::Option("epsilon"), message).change(proposed));
    }
    Ok(Box::new(BatchNorm {
        momentum,
        epsilon,
        affine: settings.switch("affine"),
    }))
}

/// Channels, and values of a sample in each.
fn channels(shape: Shape) -> [usize; 2] {
    let sizes = shape.sizes();
    [sizes[0], sizes[1..].iter().product()]
}

impl Layer for BatchNorm {
    fn properties(&self) -> Properties {
        Properties {
            removes_constant: Removal::OfBatch,
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let [channels, _] = channels(inputs[0]);
        let tensor = |name, role| Parameter {
            name,
            shape: vec![channels],
            role,
        };
        match self.affine {
            true => vec![
                tensor("weight", Role::Factor { initial: 1.0 }),
                tensor("bias", Role::Bias),
            ],
            false => Vec::new(),
        }
    }

    fn statistics(&self, inputs: &[Shape]) -> Vec<Statistic> {
        let [channels, _] = channels(inputs[0]);
        let tensor = |name, shape, role| Statistic { name, shape, role };
        vec![
            tensor("running_mean", vec![channels], StatisticRole::Mean),
            tensor("running_var", vec![channels], StatisticRole::Variance),
            tensor("num_batches_tracked", Vec::new(), StatisticRole::Batches),
        ]
    }

    fn reductions(&self, inputs: &[Shape]) -> Vec<Reduction> {
        let [channels, per_sample] = channels(inputs[0]);
        let momentum = self.momentum;
        let reduction = |names, rule| Reduction {
            names,
            channels,
            rule,
        };
        vec![
            reduction(
                ["block_moments", "moments"],
                Rule::Moments {
                    per_sample,
                    momentum,
                },
            ),
            reduction(["block_sums", "sums"], Rule::Sums),
        ]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn updates_gradient(&self) -> bool {
        true
    }

    fn pulls_back(&self, epilogue: &dyn Elementwise) -> bool {
        // Both functions of the backward pass compute it anew.
        !epilogue.is_long()
    }

    fn is_recomputed(&self, site: &Site<'_>) -> bool {
        match site.epilogue {
            // The gradient of another activation reads the output, so that is kept in any case.
            Some(function) => self.pulls_back(function),
            // Of a frozen norm without one no gradient reads the input.
            None => !site.is_frozen,
        }
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut forms = vec![Form::usual(mode, output)];
        let [channels, per_sample] = channels(output);
        if mode == Mode::Single && output.sizes().len() > 1 && per_sample >= WIDEST {
            let cost = channels as u64 * registers(per_sample);
            forms.push(Form::keeping(Layout::Columns, cost));
        }
        forms
    }

    fn before_forward(&self, site: &Site<'_>) -> Option<Kernel> {
        Some(forward::moments(site.output))
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match (site.mode, site.form.output) {
            (Mode::Training, _) if !site.is_frozen => forward::forward(self, site),
            (Mode::Training | Mode::Batch, _) => forward::infer(self, site),
            (Mode::Single, layout) => single::forward(layout, site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        if site.is_frozen {
            return vec![backward::frozen_input_gradient(self, site)];
        }
        vec![
            backward::weight_gradient(self, site),
            backward::input_gradient(self, site),
        ]
    }

    fn affine(&self, inputs: &[Shape]) -> Option<Kernel> {
        let [channels, _] = channels(inputs[0]);
        Some(single::affine(self, channels))
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(single::packing(self, site))
    }
}
