use cnn::prelude::*;

network! {
    Digits: 64 -> dense: dense(10)
}

fn main() {}
