//! `spatial_dropout`: whole channels set to zero at random, in training.
//!
//! # Formula
//!
//! `output[c] = input[c] · mask[c]`, where each element of the mask is 0 with the probability `rate`, and
//! `1 / (1 − rate)` otherwise, drawn for each sample.
//!
//! # Shapes
//!
//! Image `C x H x W` or signal `C x L`; the output has the same shape.
//!
//! # Gradient
//!
//! `d_input[c] = d_output[c] · mask[c]`, with the same mask.
//!
//! # Training and inference
//!
//! As in [`dropout`]: inference computes nothing, nor does training where it is
//! [`#[frozen]`](crate::network#frozen-layers), and the mask depends on no thread.
//!
//! # Source
//!
//! J. Tompson et al., *Efficient Object Localization Using Convolutional Networks*, 2015, section 3.2. PyTorch:
//! `Dropout2d` and `Dropout1d`. Keras: `SpatialDropout2D` and `SpatialDropout1D`.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Dropped: 2x1x2 -> spatial_dropout(0.2) -> relu -> 2x1x2 }
//!
//! // Inference drops nothing.
//! assert_eq!(Dropped::new(1).predict(&[1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
//! ```

use super::dropping::{self, Unit};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer, Properties};
use crate::kernel::{Kernel, Site};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "spatial_dropout",
    doc: "each channel set to zero at random in training, the others scaled up; nothing in inference",
    other_names: &[
        "dropout2d",
        "dropout1d",
        "spatial_dropout2d",
        "spatial_dropout1d",
        "channel_dropout",
    ],
    has_window: false,
    takes: Rank::Spatial,
    gives: Rank::Spatial,
    options: dropping::OPTIONS,
    build,
};

/// Dropout of channels.
#[derive(Debug)]
pub(crate) struct SpatialDropout {
    rate: f64,
}

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    let rate = dropping::rate(settings)?;
    Ok(Box::new(SpatialDropout { rate }))
}

impl Layer for SpatialDropout {
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
        dropping::forward(self.rate, Unit::Channel, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        dropping::backward(self.rate, Unit::Channel, site)
    }
}
