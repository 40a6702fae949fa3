use cnn::prelude::*;

network! {
    Sound: 3x20 -> conv<1x5>(8)
}

fn main() {}
