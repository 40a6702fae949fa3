use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6) -> relu -> dense(10)
}

fn main() {}
