//! The kernels of a stage: those of its layer, and of what is computed together with it.

use super::fuse::{Fused, Stage};
use crate::emit::elementwise;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::Mode;

/// A stage's forward kernels: those that prepare its scratch first, in training its part of a reduction.
pub(super) fn forward_kernels(fused: &Fused, stage: &Stage, site: &Site<'_>) -> Vec<Kernel> {
    let layer = fused.layer(stage);
    let mut kernels = layer.prepare(site);
    if site.mode == Mode::Training && !site.is_frozen {
        kernels.extend(layer.before_forward(site));
    }
    let forward = layer.forward(site);
    kernels.push(match site.mode == Mode::Batch && site.folds {
        true => forward.on(&FOLDED),
        false => forward,
    });
    kernels
}

/// A block reads parameters, and folded weights where there are some.
const FOLDED: [[(Tensor, &str); 2]; 2] = [
    [
        (Tensor::Parameter(0), "weight"),
        (Tensor::Packed(0), "packed_weight"),
    ],
    [
        (Tensor::Parameter(1), "bias"),
        (Tensor::Packed(1), "packed_bias"),
    ],
];

/// A stage's backward kernels: the fused activation's first, in place, unless they see to it themselves.
/// Those for the parameters are left out of a frozen one.
pub(super) fn backward_kernels(fused: &Fused, stage: &Stage, site: &Site<'_>) -> Vec<Kernel> {
    let layer = fused.layer(stage);
    let epilogue = site.epilogue.filter(|f| !layer.pulls_back(*f));
    epilogue
        .map(|f| elementwise::backward_in_place(f, site))
        .into_iter()
        .chain(layer.backward(site))
        .filter(|kernel| !(site.is_frozen && kernel.is_for_parameters()))
        .collect()
}
