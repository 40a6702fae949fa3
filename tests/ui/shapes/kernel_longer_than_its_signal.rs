use cnn::prelude::*;

network! {
    Sound: 3x20 -> max_pool<4> -> conv<7>(8)
}

fn main() {}
