use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv(6)<5x5> -> relu
}

fn main() {}
