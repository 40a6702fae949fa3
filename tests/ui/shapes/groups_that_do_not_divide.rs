use cnn::prelude::*;

network! {
    Digits: 3x8x8 -> conv<3x3>(6) -> group_norm(4)
}

fn main() {}
