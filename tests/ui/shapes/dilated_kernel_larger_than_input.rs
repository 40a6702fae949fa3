use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6, dilation = 4)
}

fn main() {}
