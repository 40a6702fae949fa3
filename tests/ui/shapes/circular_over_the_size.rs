use cnn::prelude::*;

network! {
    Digits: 1x8x5 -> conv<3x3>(6, padding = (left = 6), padding_mode = circular)
}

fn main() {}
