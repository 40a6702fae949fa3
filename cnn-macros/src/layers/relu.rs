//! temp
use quote::quote; use proc_macro2::TokenStream;
use crate::kernel::{Kernel, Site, Elementwise};
use crate::emit::elementwise;
use super::*;
#[derive(Debug)]
pub(crate) struct Relu;
impl Layer for Relu {
    fn word(&self) -> &'static str { "relu" }
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
