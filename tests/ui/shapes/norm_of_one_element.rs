use cnn::prelude::*;

network! {
    Digits: 3x8x8 -> conv<8x8>(6, bias = false) -> instance_norm
}

fn main() {}
