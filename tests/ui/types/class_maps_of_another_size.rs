use cnn::prelude::*;

network! {
    Edges: 1x8x8 -> conv<3x3>(2)
}

fn main() -> cnn::Result<()> {
    let data = InMemory::<Chw<1, 8, 8>, ClassMap<8, 8>>::from_class_maps([0.0; 64], [0; 64], 2)?;
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3));
    trainer.fit(&mut Edges::new(1), &data, None)?;
    Ok(())
}
