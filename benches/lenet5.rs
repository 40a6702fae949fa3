//! LeNet-5 on 28×28 images: a whole training step at batch 128, and inference.

// What `criterion_group!` defines has no documentation.
#![allow(missing_docs)]

mod measure;

use cnn::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use measure::{inference, noise, training};

network! {
    /// LeNet-5 for 28×28 grey-scale digits.
    LeNet5: 1x28x28
        -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu
        -> dense(84)  -> relu
        -> logits: dense(10)
        -> 10
}

fn lenet5(criterion: &mut Criterion) {
    let net = LeNet5::new(1);
    let classes: Vec<usize> = (0..128).map(|n| n * 7 % 10).collect();
    let data = InMemory::<Chw<1, 28, 28>, Class>::from_classes(noise(128 * 784), classes, 10)
        .expect("noise is finite and the classes are below ten");
    training(criterion, "lenet5", &net, SoftmaxCrossEntropy, &data);
    inference(criterion, "lenet5", &net, &[1, 128]);
}

criterion_group!(benches, lenet5);
criterion_main!(benches);
