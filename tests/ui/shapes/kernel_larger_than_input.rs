use cnn::prelude::*;

network! {
    Digits: 1x8x8
        -> conv1: conv<5x5>(6) -> relu
        -> conv2: conv<5x5>(16) -> relu
        -> flatten -> dense(10)
}

fn main() {}
