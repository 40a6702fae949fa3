use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> flatten -> conv<3x3>(6)
}

fn main() {}
