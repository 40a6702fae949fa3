//! LeNet-5 on 28×28 images: a whole training step at batch 32 and 128, and inference.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "networks/lenet5.rs"]
mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::{classifier, inference};
use network::LeNet5;

fn lenet5(criterion: &mut Criterion) {
    let net = LeNet5::new(1);
    for batch in [32, 128] {
        classifier(criterion, "lenet5", &net, batch);
    }
    inference(criterion, "lenet5", &net, &[1, 128]);
}

criterion_group!(benches, lenet5);
criterion_main!(benches);
