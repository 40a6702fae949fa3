//! ResNet-8 on 32×32 images: a whole training step at batch 128, and inference.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "../examples/models/networks/resnet8.rs"]
mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::{classifier, inference};
use network::ResNet8;

fn resnet8(criterion: &mut Criterion) {
    let net = ResNet8::new(1);
    classifier(criterion, "resnet8", &net, 128);
    inference(criterion, "resnet8", &net, &[1, 128]);
}

criterion_group!(benches, resnet8);
criterion_main!(benches);
