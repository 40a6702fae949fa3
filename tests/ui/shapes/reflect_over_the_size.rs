use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> max_pool<2x2> -> conv<3x3>(6, padding = 4, padding_mode = reflect)
}

fn main() {}
