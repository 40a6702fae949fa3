//! DS-CNN on 49×10 cepstral coefficients: a whole training step at batch 128, and of a single block, which caches
//! hold, and inference.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;
#[path = "networks/dscnn.rs"]
mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::{classifier, inference};
use network::DsCnn;

fn dscnn(criterion: &mut Criterion) {
    let net = DsCnn::new(1);
    for batch in [16, 128] {
        classifier(criterion, "dscnn", &net, batch);
    }
    inference(criterion, "dscnn", &net, &[1, 128]);
}

criterion_group!(benches, dscnn);
criterion_main!(benches);
