use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> max_pool<2x2> -> crop(2)
}

fn main() {}
