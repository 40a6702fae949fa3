use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6) -> reshape(4x6x6)
}

fn main() {}
