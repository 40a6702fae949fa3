use cnn::prelude::*;

network! {
    Digits: 64 -> dense(7 / 2)
}

fn main() {}
