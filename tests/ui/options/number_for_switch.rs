use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10, bias = 0)
}

fn main() {}
