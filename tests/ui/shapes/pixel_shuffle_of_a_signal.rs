use cnn::prelude::*;

network! {
    Sound: 16x100 -> pixel_shuffle(2)
}

fn main() {}
