use cnn::prelude::*;

network! {
    Digits: 64 -> dense2: dense(20) -> dense(10)
}

fn main() {}
