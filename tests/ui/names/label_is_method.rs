use cnn::prelude::*;

network! {
    Digits: 64 -> predict: dense(10)
}

fn main() {}
