use cnn::prelude::*;

network! {
    Features: 1x8x8 -> conv<3x3>(4) -> relu
    Head: 100 -> dense(10)
}

fn main() -> cnn::Result<()> {
    let both = cnn::compose::compose(&Features::new(1), &Head::new(1));
    drop(both);
    Ok(())
}
