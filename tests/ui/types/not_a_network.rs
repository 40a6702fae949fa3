use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> dense(10)
}

fn main() -> cnn::Result<()> {
    println!("{}", cnn::Summary::of(<Vec<f32> as Network>::SPEC));
    Ok(())
}
