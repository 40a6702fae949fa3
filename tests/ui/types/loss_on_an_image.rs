use cnn::prelude::*;

network! {
    Edges: 1x8x8 -> conv<3x3>(1)
}

fn main() -> cnn::Result<()> {
    let trainer = Trainer::new(SoftmaxCrossEntropy, Adam::new(1e-3));
    trainer.fit(&mut Edges::new(1), &Digits::load()?, None)?;
    Ok(())
}
