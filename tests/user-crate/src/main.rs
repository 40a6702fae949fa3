//! Trains one of the networks, as a program that uses the library would.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use nets::prelude::*;
use user_crate::named::{self, code};
use user_crate::shadowed::Pictures;

/// Pictures whose upper or lower half is bright.
fn halves() -> nets::Result<InMemory<Chw<1, 4, 4>, Class>> {
    let upper = (0..16).map(|pixel| f32::from(pixel < 8));
    let lower = (0..16).map(|pixel| f32::from(pixel >= 8));
    let samples: Vec<f32> = upper.chain(lower).collect();
    InMemory::from_classes(samples.repeat(32), [0, 1].repeat(32), 2)
}

fn main() -> nets::Result<()> {
    let data = halves()?;
    let mut net = Pictures::new(1);
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(0.05)).batch_size(4);
    let history = trainer
        .progress(Progress::Silent)
        .fit(&mut net, &data, Some(&data))?;
    assert_eq!(history.test_accuracy(), Some(1.0));

    assert_eq!(Pictures::<f32>::SPEC.parameters[0].name, "conv1.weight");
    assert_eq!(net.arena().weight()[4].len(), 12);
    assert_eq!(
        net.to_f64().clone().parameters().len(),
        net.parameters().len()
    );
    assert_eq!(argmax(&net.freeze().predict(data.sample(1))), Some(1));

    assert_eq!(named::T::new(1).predict(&[1.0, 2.0]).len(), 2);
    let mut inline = named::S::ZERO;
    inline.init(2);
    assert_eq!(inline.parameters(), named::S::new(2).parameters());
    assert_eq!(named::Network::zeroed().predict(&[1.0, 2.0]), [0.5, 0.5]);
    assert_eq!(named::Scalar::new(1).predict(&[2.0; 9]), [2.0]);
    assert_eq!(named::Buffer::new(1).predict(&[1.0, 0.0]), [1.0, 0.0]);
    assert_eq!(code::new(1).predict(&[0.0, 0.0]), [0.0]);
    Ok(())
}
