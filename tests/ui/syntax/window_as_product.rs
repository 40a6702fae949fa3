use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<5*5>(6) -> relu
}

fn main() {}
