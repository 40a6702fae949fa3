use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> dense(10)
}

fn main() -> cnn::Result<()> {
    let data = InMemory::<Chw<1, 8, 8>, Class>::from_classes([0.0; 64], [0], 10)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy.class_weights([1.0, 2.0, 3.0]), Adam::new(1e-3));
    trainer.fit(&mut Digits::new(1), &data, None)?;
    Ok(())
}
