use cnn::prelude::*;

network! {
    Digits: 8x8x8 -> residual(conv<3x3>(8, padding = same) -> relu)
}

fn main() {}
