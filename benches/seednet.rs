//! The network that this project began with: two 3×3×1 convolutions, trained towards an image.

mod measure;

use cnn::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};

network! {
    /// Two "same" convolutions of one kernel each.
    SeedNet: 1x256x256
        -> conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(1, padding = same) -> tanh
}

fn seednet(criterion: &mut Criterion) {
    let net = SeedNet::new(1);
    let samples = measure::noise(8, 256 * 256);
    let targets: Vec<Vec<f32>> = measure::noise(8, 256 * 256);
    for batch in [1, 8] {
        let targets: Vec<&[f32]> = targets[..batch].iter().map(Vec::as_slice).collect();
        measure::training(
            criterion,
            "seednet",
            &net,
            MeanSquaredError,
            &samples[..batch],
            &targets,
        );
    }
    measure::inference(criterion, "seednet", &net, &samples, &[1, 8]);
}

criterion_group!(benches, seednet);
criterion_main!(benches);
