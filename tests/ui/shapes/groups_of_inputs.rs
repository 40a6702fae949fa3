use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(12) -> conv<3x3>(16, groups = 8)
}

fn main() {}
