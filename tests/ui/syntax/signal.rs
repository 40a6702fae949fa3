use cnn::prelude::*;

network! {
    Sound: 16x100 -> relu
}

fn main() {}
