//! A small VGG on 32×32 images: a whole training step at batch 128, and inference.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "networks/cifar_vgg.rs"]
mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::{classifier, inference};
use network::CifarVgg;

fn cifar_vgg(criterion: &mut Criterion) {
    let net = CifarVgg::new(1);
    classifier(criterion, "cifar_vgg", &net, 128);
    inference(criterion, "cifar_vgg", &net, &[1, 128]);
}

criterion_group!(benches, cifar_vgg);
criterion_main!(benches);
