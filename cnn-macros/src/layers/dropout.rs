//! `dropout`: each element set to zero at random, in training.

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

    fn forward(&self, site: &Site<'_>) -> Kernel {
        dropping::forward(self.rate, Unit::Element, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        dropping::backward(self.rate, Unit::Element, site)
    }
}
