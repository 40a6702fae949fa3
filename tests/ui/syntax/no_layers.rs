use cnn::prelude::*;

network! {
    Digits: 1x8x8
}

fn main() {}
