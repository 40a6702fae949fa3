use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10usize)
}

fn main() {}
