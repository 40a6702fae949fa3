use cnn::prelude::*;

network! {
    Sound: 3x20 -> conv<5>(8, padding = (bottom = 1, left = 2))
}

fn main() {}
