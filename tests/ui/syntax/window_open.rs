use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<
    pub Other: 10 -> relu
}

fn main() {}
