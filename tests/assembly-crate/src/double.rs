//! What is compiled with the network only where it is of double precision: optimizers and clipping.

use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};

use crate::Net;

/// Trains the network by both optimizers.
pub fn learn(net: &mut Net<f64>, pictures: &InMemory<Chw<1, 14, 14>, Class>) -> cnn::Result<()> {
    Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3)).fit(net, pictures, None)?;
    let nesterov = Sgd::new(1e-2).momentum(0.9).nesterov();
    Trainer::new(SoftmaxCrossEntropy, nesterov).fit(net, pictures, None)?;
    Ok(())
}

/// Clips gradients on a level.
pub fn clip(level: Level, gradients: &mut [f64]) {
    level.run(Clipping(gradients));
}

struct Clipping<'a>(&'a mut [f64]);

impl Kernel for Clipping<'_> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        Clip::GlobalNorm(1.0).apply(simd, self.0);
        Clip::Value(1.0).apply(simd, self.0);
    }
}
