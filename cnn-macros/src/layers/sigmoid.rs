//! temp
use quote::quote; use proc_macro2::TokenStream;
use crate::kernel::{Kernel, Site, Elementwise};
use crate::emit::elementwise;
use super::*;
#[derive(Debug)]
pub(crate) struct Sigmoid;
impl Layer for Sigmoid {
    fn word(&self) -> &'static str { "sigmoid" }
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> { Ok(inputs[0]) }
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
