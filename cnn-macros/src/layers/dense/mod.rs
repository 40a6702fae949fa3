//! temp
mod kernels;
use kernels::Sizes;
use crate::kernel::{Kernel, Packing, Site};
use super::*;
#[derive(Debug)]
pub(crate) struct Dense { pub(crate) outputs: usize, pub(crate) bias: bool }
impl Dense { fn sizes(&self, site: &Site<'_>) -> Sizes { Sizes { inputs: site.inputs[0].elements(), outputs: self.outputs, bias: self.bias } } }
impl Layer for Dense {
    fn word(&self) -> &'static str { "dense" }
    fn output(&self, _: &[Shape]) -> Result<Shape, Fault> { Ok(Shape::Flat(self.outputs)) }
    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let i = inputs[0].elements();
        vec![Parameter { name: "weight", shape: vec![self.outputs, i], role: Role::Weight { fan_in: 1, fan_out: 1 } }, Parameter { name: "bias", shape: vec![self.outputs], role: Role::Bias }]
    }
    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        kernels::forward(self.sizes(site), site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let sizes = self.sizes(site);
        vec![kernels::weight_gradient(sizes), kernels::input_gradient(sizes)]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        kernels::single(self.sizes(site), site)
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(kernels::packing(self.sizes(site)))
    }
}
