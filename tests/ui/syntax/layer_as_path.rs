use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> nn::Conv2d(6)
}

fn main() {}
