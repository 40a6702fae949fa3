use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> dense(32) -> relu -> dense(12) -> 10
}

fn main() {}
