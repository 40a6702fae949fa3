use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> upsample<2x2>(mode = bilinera)
}

fn main() {}
