use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<5X5>(6) -> relu
}

fn main() {}
