//! `spatial_dropout`: whole channels set to zero at random, in training.

use super::dropping::{self, Unit};
use super::options::{Kind, Rank, Settings};
use super::{Fault, Layer, Properties};
use crate::kernel::{Kernel, Site};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "spatial_dropout",
    doc: "each channel set to zero at random in training, the others scaled up; nothing in inference",
    other_names: &["dropout2d", "spatial_dropout2d", "channel_dropout"],
    has_window: false,
    takes: Rank::Image,
    gives: Rank::Image,
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

    fn forward(&self, site: &Site<'_>) -> Kernel {
        dropping::forward(self.rate, Unit::Channel, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        dropping::backward(self.rate, Unit::Channel, site)
    }
}
