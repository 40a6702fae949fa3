use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<5 x 5>(6) -> relu
}

fn main() {}
