use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> crop -> relu
}

fn main() {}
