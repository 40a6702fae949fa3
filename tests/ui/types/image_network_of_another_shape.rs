use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> dense(10)
    Features: 1x8x8 -> conv<3x3>(4) -> relu
}

fn main() -> cnn::Result<()> {
    let both = cnn::compose::compose(&Features::new(1), &Digits::new(1));
    drop(both);
    Ok(())
}
