use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> 64 -> dense(10)
}

fn main() {}
