use cnn::prelude::*;

network! {
    Digits: 36 -> reshape<4x3x3>
}

fn main() {}
