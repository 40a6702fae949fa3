use cnn::prelude::*;

network! {
    Digits: 3x8x8 -> conv<8x8>(6) -> instance_norm
}

fn main() {}
