//! temp
mod backward;
mod forward;
mod geometry;
mod single;
use geometry::Geometry;
use crate::emit::axis::Axis;
use crate::kernel::{Kernel, Packing, Site};
use super::*;
#[derive(Debug)]
pub(crate) struct Conv { pub(crate) window: [usize;2], pub(crate) channels: usize, pub(crate) stride: [usize;2], pub(crate) padding: [usize;4], pub(crate) bias: bool }
impl Conv {
    fn geometry(&self, site: &Site<'_>) -> Geometry {
        let (from, to) = (site.inputs[0].sizes(), site.output.sizes());
        let axis = |k: usize, before: usize| Axis { input: from[k+1], output: to[k+1], window: self.window[k], stride: self.stride[k], before };
        Geometry { channels_in: from[0], channels_out: to[0], y: axis(0, self.padding[0]), x: axis(1, self.padding[2]), bias: self.bias }
    }
}
impl Layer for Conv {
    fn word(&self) -> &'static str { "conv" }
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let Shape::Image { height, width, .. } = inputs[0] else { panic!() };
        Ok(Shape::Image { channels: self.channels, height: (height + self.padding[0] + self.padding[1] - self.window[0]) / self.stride[0] + 1, width: (width + self.padding[2] + self.padding[3] - self.window[1]) / self.stride[1] + 1 })
    }
    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let i = inputs[0].sizes()[0];
        vec![Parameter { name: "weight", shape: vec![self.channels, i, self.window[0], self.window[1]], role: Role::Weight { fan_in: 1, fan_out: 1 } }, Parameter { name: "bias", shape: vec![self.channels], role: Role::Bias }]
    }
    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        forward::forward(&self.geometry(site), site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let geometry = self.geometry(site);
        vec![backward::weight_gradient(&geometry), backward::input_gradient(&geometry)]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        single::single(&self.geometry(site), site)
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(single::packing(&self.geometry(site)))
    }
}
