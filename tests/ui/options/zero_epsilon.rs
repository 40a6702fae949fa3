use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> layer_norm(epsilon = 0.0)
}

fn main() {}
