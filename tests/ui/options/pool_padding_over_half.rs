use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> max_pool<3x3>(padding = 2)
}

fn main() {}
