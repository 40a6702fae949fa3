//! Hyperbolic tangent.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Options, WindowRule, Word};
use super::{Fault, Follows, Layer};
use crate::emit::elementwise;
use crate::kernel::{Elementwise, Kernel, Site};
use crate::shape::Shape;

/// `tanh`
pub(crate) const WORD: Word = Word {
    word: "tanh",
    doc: "Hyperbolic tangent.",
    window: WindowRule::None,
    options: &[],
    build,
};

/// The layer has no options.
#[derive(Debug)]
struct Tanh;

fn build(_options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Tanh))
}

impl Layer for Tanh {
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

impl Elementwise for Tanh {
    fn apply(&self, x: TokenStream) -> TokenStream {
        quote!(T::tanh(simd, #x))
    }

    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream {
        quote!(#d.mul(splat(simd, T::ONE).sub(#y.mul(#y))))
    }

    fn formula(&self, x: &str) -> String {
        format!("tanh({x})")
    }
}
