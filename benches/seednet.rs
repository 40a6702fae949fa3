//! The network that this project began with: two 3×3×1 convolutions, trained towards an image.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;

use cnn::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use measure::{inference, noise, training};

network! {
    /// Two "same" convolutions of one kernel each.
    SeedNet: 1x256x256
        -> conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(1, padding = same) -> tanh
}

fn seednet(criterion: &mut Criterion) {
    const PIXELS: usize = 256 * 256;
    type Image = Chw<1, 256, 256>;
    let net = SeedNet::new(1);
    for batch in [1, 8] {
        let (images, targets) = (noise(batch * PIXELS), noise(batch * PIXELS));
        let data = InMemory::<Image, Values<Image>>::from_values(images, targets)
            .expect("noise is finite and of the image's size");
        training(criterion, "seednet", &net, MeanSquaredError, &data);
    }
    inference(criterion, "seednet", &net, &[1, 8]);
}

criterion_group!(benches, seednet);
criterion_main!(benches);
