use cnn::prelude::*;

network! {
    Digits: 64 -> type: dense(10)
}

fn main() {}
