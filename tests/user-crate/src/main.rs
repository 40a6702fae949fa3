//! Trains one of the networks, as a program that uses the library would.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use backbone_crate::bodies::Backbone;
use nets::prelude::*;
use user_crate::foreign::{Both, Classifier, Inline, Tuned};
use user_crate::named::{self, code};
use user_crate::shadowed::Pictures;

/// Pictures whose upper or lower half is bright.
fn halves() -> nets::Result<InMemory<Chw<1, 4, 4>, Class>> {
    let upper = (0..16).map(|pixel| f32::from(pixel < 8));
    let lower = (0..16).map(|pixel| f32::from(pixel >= 8));
    let samples: Vec<f32> = upper.chain(lower).collect();
    InMemory::from_classes(samples.repeat(32), [0, 1].repeat(32), 2)
}

/// A network's bits after some training.
fn trained<N>(mut net: N, data: &InMemory<Chw<1, 4, 4>, Class>) -> nets::Result<Vec<u32>>
where
    N: Network<Scalar = f32, Input = Chw<1, 4, 4>, Output = Flat<2>>,
{
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(0.05)).batch_size(16);
    trainer
        .epochs(2)
        .progress(Progress::Silent)
        .fit(&mut net, data, None)?;
    Ok(net.values().iter().map(|value| value.to_bits()).collect())
}

/// Networks of other crates and modules are layers like any other.
fn check_foreign(data: &InMemory<Chw<1, 4, 4>, Class>) -> nets::Result<()> {
    let (mut net, inline) = (Classifier::new(3), Inline::new(3));
    assert_eq!(net.parameters(), inline.parameters());
    let bits = trained(net.clone(), data)?;
    assert_ne!(bits, trained(Classifier::new(4), data)?);
    assert_eq!(bits, trained(inline, data)?);

    let tuned = Tuned::new(3);
    let learned = tuned.parameters().len();
    let before: Vec<u32> = tuned.values().iter().map(|value| value.to_bits()).collect();
    assert_eq!(trained(tuned, data)?[learned..], before[learned..]);

    let names = Classifier::<f32>::SPEC.parameters.iter();
    let names: Vec<&str> = names.map(|parameter| parameter.name).collect();
    assert_eq!(names[0], "body.net1.first.conv1.weight");
    assert_eq!(names[3], "body.neck.conv1.weight");
    assert_eq!(names[11], "net2.dense1.weight");
    let mut tuned = Tuned::new(4);
    tuned.ends_mut().1.middle().dense1().bias()[3] = 1.0;
    assert_eq!(tuned.ends().1.middle().dense1().bias()[3], 1.0);
    net.body_mut().neck().conv1().bias()[1] = 2.0;
    assert_eq!(net.body().neck().conv1().bias(), &[0.0, 2.0]);

    network! {
        /// In the body of a function, with a name that was brought into scope.
        Local: 1x4x4 -> net<Backbone>(2x4x4)
    }
    assert_eq!(Local::new(1).parameters(), Backbone::new(1).parameters());
    assert_eq!(Both::new(1).predict(&[1.0, 2.0]).len(), 2);
    Ok(())
}

fn main() -> nets::Result<()> {
    let data = halves()?;
    check_foreign(&data)?;
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
