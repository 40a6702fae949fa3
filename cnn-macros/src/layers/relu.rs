//! Rectified linear unit: `max(x, 0)`.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Options, WindowRule, Word};
use super::{Fault, Follows, Layer};
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::shape::Shape;

/// `relu`
pub(crate) const WORD: Word = Word {
    word: "relu",
    doc: "Rectified linear unit: `max(x, 0)`.",
    window: WindowRule::None,
    options: &[],
    build,
};

/// The layer has no options.
#[derive(Debug)]
struct Relu;

fn build(_options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Relu))
}

impl Layer for Relu {
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

impl Elementwise for Relu {
    // Written so that NaN stays NaN: divergence must not hide behind an activation.
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(splat(simd, T::ZERO).select_greater(#x, splat(simd, T::ZERO), #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#y.select_greater(splat(simd, T::ZERO), #d, splat(simd, T::ZERO)))
    }

    fn formula(&self, x: &str) -> String {
        format!("max({x}, 0)")
    }
}
