use cnn::prelude::*;

network! {
    Sound: 3x20 -> max_pool<2>(stride = 1x2)
}

fn main() {}
