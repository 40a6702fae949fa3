//! Logistic function: `1 / (1 + e^-x)`.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Options, WindowRule, Word};
use super::{Fault, Follows, Layer};
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::shape::Shape;

/// `sigmoid`
pub(crate) const WORD: Word = Word {
    word: "sigmoid",
    doc: "Logistic function: `1 / (1 + e^-x)`.",
    window: WindowRule::None,
    options: &[],
    build,
};

/// The layer has no options.
#[derive(Debug)]
struct Sigmoid;

fn build(_options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Sigmoid))
}

impl Layer for Sigmoid {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(inputs[0])
    }

    fn follows(&self) -> Follows {
        Follows::Saturating
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

impl Elementwise for Sigmoid {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(T::sigmoid(simd, #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#d.mul(#y.mul(splat(simd, T::ONE).sub(#y))))
    }

    fn formula(&self, x: &str) -> String {
        format!("sigmoid({x})")
    }
}
