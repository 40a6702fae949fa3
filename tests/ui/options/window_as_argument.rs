use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv(6, kernel_size = 5)
}

fn main() {}
