//! A network as users have it, a function that forgot to enter its level, and three workloads of the
//! benchmarks.

#![forbid(unsafe_code)]

use cnn::prelude::*;

#[cfg(feature = "double")]
pub mod double;
pub mod forgetful;
#[cfg(feature = "workloads")]
pub mod workloads;

network! {
    /// Like LeNet-5, with another sort of layer wherever there is a choice.
    pub Net: 1x14x14
        -> conv1: conv<3x3>(6) -> relu -> max_pool<2x2>
        -> conv2: conv<3x3>(16, padding = same) -> tanh -> avg_pool<2x2>
        -> flatten
        -> dense(20) -> sigmoid
        -> logits: dense(10)
}

/// Trains the network, and tells what it makes of the first picture: every function is in use.
pub fn learn(net: &mut Net, pictures: &InMemory<Chw<1, 14, 14>, Class>) -> cnn::Result<Vec<f32>> {
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3));
    trainer.fit(net, pictures, None)?;
    Ok(net.freeze().predict(pictures.sample(0)))
}
