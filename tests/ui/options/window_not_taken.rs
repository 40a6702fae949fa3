use cnn::prelude::*;

network! {
    Digits: 64 -> dense<3x3>(10)
}

fn main() {}
