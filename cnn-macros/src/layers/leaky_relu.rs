//! Leaky rectified linear unit: `x` if positive, else a small multiple of it.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Opt, Options, WindowRule, Word};
use super::{Fault, Follows, Layer};
use crate::diagnostics::Diagnostic;
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::shape::Shape;

/// `leaky_relu(slope = 0.01)`
pub(crate) const WORD: Word = Word {
    word: "leaky_relu",
    doc: "Leaky rectified linear unit: `x` if positive, else `slope * x`.",
    window: WindowRule::None,
    options: &[Opt {
        name: "slope",
        default: Some("0.01"),
        doc: "factor of negative inputs, in 0..1",
    }],
    build,
};

/// The activation with its slope.
#[derive(Debug)]
struct LeakyRelu {
    slope: f64,
}

fn build(options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    let slope = options.number("slope", 0.01)?;
    if !(0.0..1.0).contains(&slope.value) {
        let message = format!("the slope is at least 0 and below 1, found {}", slope.value);
        options.fail(Diagnostic::new(slope.span, message).help("write `slope = 0.01`"));
        return None;
    }
    Some(Box::new(LeakyRelu { slope: slope.value }))
}

impl Layer for LeakyRelu {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Rectifier
    }

    fn elementwise(&self) -> Option<&dyn Elementwise> {
        Some(self)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        elementwise::forward(self, site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        vec![elementwise::backward(self, site)]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        elementwise::single(self, site)
    }
}

impl Elementwise for LeakyRelu {
    fn apply(&self, x: TokenStream) -> TokenStream {
        let slope = self.slope;
        quote! {
            splat(simd, T::ZERO).select_greater(#x, #x.mul(splat(simd, T::from_f64(#slope))), #x)
        }
    }

    // The slope is not negative, so the output's sign is the input's.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        let slope = self.slope;
        quote! {
            #y.select_greater(splat(simd, T::ZERO), #d, #d.mul(splat(simd, T::from_f64(#slope))))
        }
    }

    fn formula(&self, x: &str) -> String {
        format!("{x} if positive, else {} times that", self.slope)
    }
}
