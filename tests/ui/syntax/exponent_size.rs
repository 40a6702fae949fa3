use cnn::prelude::*;

network! {
    Digits: 2e5x3 -> relu
}

fn main() {}
