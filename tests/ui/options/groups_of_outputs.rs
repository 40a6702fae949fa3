use cnn::prelude::*;

network! {
    Digits: 8x8x8 -> conv<3x3>(10, groups = 4)
}

fn main() {}
