use cnn::prelude::*;

network! {
    Digits: 64 -> new: dense(20) -> x: dense(4) -> x_mut: dense(3)
}

fn main() {}
