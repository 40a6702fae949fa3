//! `log_softmax`: the logarithm of `softmax`.

use quote::quote;

use super::options::{Kind, Rank};
use super::over_channels::{Distribution, forms};
use super::{Fault, Follows, Layer};
use crate::kernel::{Kernel, Site};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "log_softmax",
    doc: "the logarithm of `softmax`, without loss where that is small",
    other_names: &["logsoftmax"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Any,
    options: &[],
    build: |_| Ok(Box::new(LogSoftmax)),
};

/// `x[c] − ln Σ_k e^x[k]`, over the channels of each pixel, or all elements of a vector.
#[derive(Debug)]
pub(crate) struct LogSoftmax;

impl LogSoftmax {
    fn distribution(&self) -> Distribution {
        Distribution {
            formulas: [
                "output[c] = input[c] − ln Σ_k exp(input[k])",
                "d_input[c] = d_output[c] − exp(output[c]) · Σ_k d_output[k]",
            ],
            kept: quote!(distance),
            shared: quote!(T::ln(simd, sum)),
            output: quote!(kept.sub(shared)),
            term: quote!(d),
            d_input: quote!(d.sub(T::exp(simd, y).mul(sum))),
        }
    }
}

impl Layer for LogSoftmax {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Saturating
    }

    fn forms(&self, _inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        forms(output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        self.distribution().forward(site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![self.distribution().backward(site)]
    }
}
