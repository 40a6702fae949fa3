use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> batch_norm(momentum = 1.5)
}

fn main() {}
