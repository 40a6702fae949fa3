use cnn::prelude::*;

network! {
    Digits: 1x0x8 -> relu
}

fn main() {}
