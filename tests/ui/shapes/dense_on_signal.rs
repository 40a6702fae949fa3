use cnn::prelude::*;

network! {
    Sound: 3x20 -> conv<5>(8) -> relu -> dense(2)
}

fn main() {}
