use cnn::prelude::*;

network! {
    Edges: 1x8x8 -> conv<3x3>(2)
}

fn main() -> cnn::Result<()> {
    let data = InMemory::<Chw<1, 8, 8>, ClassMap<6, 6>>::from_class_maps([0.0; 64], [0; 36], 2)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy.class_weights([1.0, 2.0, 3.0]), Adam::new(1e-3));
    trainer.fit(&mut Edges::new(1), &data, None)?;
    Ok(())
}
