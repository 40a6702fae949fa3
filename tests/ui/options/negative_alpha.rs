use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> elu(alpha = -1.0)
}

fn main() {}
