//! `dropout`: each element set to zero at random, in training.
//!
//! # Formula
//!
//! `output = input · mask`, where each element of the mask is 0 with the probability `rate`, and
//! `1 / (1 − rate)` otherwise, drawn for each sample.
//!
//! # Shapes
//!
//! The output has the input's shape.
//!
//! # Gradient
//!
//! `d_input = d_output · mask`, with the same mask.
//!
//! # Training and inference
//!
//! Inference computes nothing: the output is the input. The mask is a function of the training's seed, the step,
//! the layer, the sample's place in the batch and the element, so that it depends on no thread and no level. Where
//! it is [`#[frozen]`](crate::network#frozen-layers) training computes nothing either.
//!
//! # Source
//!
//! N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, 2014, section 4;
//! scaled in training instead of inference. PyTorch: `Dropout`. Keras: `Dropout`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Dropped: 3 -> dropout(0.5) -> relu -> 3 }
//!
//! // Inference drops nothing.
//! assert_eq!(Dropped::new(1).predict(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
//! ```

use super::dropping::{self, Unit};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer, Properties};
use crate::kernel::{Kernel, Site};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "dropout",
    doc: "each element set to zero at random in training, the others scaled up; nothing in inference",
    other_names: &["drop_out", "dropout1d"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: dropping::OPTIONS,
    build,
};

/// Dropout of elements.
#[derive(Debug)]
pub(crate) struct Dropout {
    rate: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let rate = dropping::rate(settings)?;
    Ok(Box::new(Dropout { rate }))
}

impl Layer for Dropout {
    fn properties(&self) -> Properties {
        Properties {
            only_in_training: true,
            ..Properties::default()
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn is_identity_in_inference(&self) -> bool {
        true
    }

    fn draws(&self) -> bool {
        true
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        dropping::forward(self.rate, Unit::Element, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        dropping::backward(self.rate, Unit::Element, site)
    }
}
