use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> größe: conv<3x3>(4)
}

fn main() {}
