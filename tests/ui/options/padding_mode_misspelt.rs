use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6, padding = 1, padding_mode = reflct)
}

fn main() {}
