use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> batch_norm(epsilon = 0)
}

fn main() {}
