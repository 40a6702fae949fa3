//! The network that this project began with: two 3×3×1 convolutions, trained towards an image.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "networks/seednet.rs"]
mod network;

use cnn::Chw;
use cnn::loss::MeanSquaredError;
use criterion::{Criterion, criterion_group, criterion_main};
use measure::work::value_data;
use measure::{inference, training};
use network::SeedNet;

fn seednet(criterion: &mut Criterion) {
    let net = SeedNet::new(1);
    for batch in [1, 8] {
        let data = value_data::<Chw<1, 256, 256>, Chw<1, 256, 256>>(batch);
        training(criterion, "seednet", &net, MeanSquaredError, &data);
    }
    inference(criterion, "seednet", &net, &[1, 8]);
}

criterion_group!(benches, seednet);
criterion_main!(benches);
