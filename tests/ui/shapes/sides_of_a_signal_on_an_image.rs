use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> conv<5>(8, padding = (before = 2, after = 2))
}

fn main() {}
