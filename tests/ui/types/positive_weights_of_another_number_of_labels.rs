use cnn::prelude::*;

network! {
    Tags: 1x4x4 -> flatten -> dense(3)
}

fn main() -> cnn::Result<()> {
    let data = InMemory::<Chw<1, 4, 4>, Values<Flat<3>>>::from_values(vec![0.0; 16], vec![0.0; 3])?;
    let loss = BinaryCrossEntropy::new().positive_weights([2.0, 3.0]);
    let trainer = Trainer::new(loss, Adam::new(1e-3));
    let _ = trainer.fit(&mut Tags::new(1), &data, None);
    Ok(())
}
