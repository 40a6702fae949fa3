use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> dense(10)
}

fn main() -> cnn::Result<()> {
    let data = InMemory::<Chw<1, 8, 8>, ClassMap<8, 8>>::from_class_maps([0.0; 64], [0; 64], 2)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3));
    trainer.fit(&mut Digits::new(1), &data, None)?;
    Ok(())
}
