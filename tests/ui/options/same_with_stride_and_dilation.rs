use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6, stride = 2, dilation = 2, padding = same)
}

fn main() {}
