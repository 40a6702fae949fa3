use cnn::prelude::*;

network! {
    Digits: 1x4x4 -> conv<5x5>(6) -> relu -> dense(12) -> relu -> 10
}

fn main() {}
