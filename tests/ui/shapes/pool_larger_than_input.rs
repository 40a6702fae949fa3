use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<3x3>(6) -> max_pool<2x2> -> avg_pool<4x4>
}

fn main() {}
