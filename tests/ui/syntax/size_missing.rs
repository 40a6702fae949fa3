use cnn::prelude::*;

network! {
    Digits: 1x8x -> relu
}

fn main() {}
