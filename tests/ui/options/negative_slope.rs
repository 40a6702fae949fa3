use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> leaky_relu(slope = -0.1)
}

fn main() {}
