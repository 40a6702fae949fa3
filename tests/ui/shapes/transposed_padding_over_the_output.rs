use cnn::prelude::*;

network! {
    Digits: 1x2x8 -> transposed_conv<3x3>(6, padding = 2)
}

fn main() {}
