use cnn::prelude::*;

network! {
    Digits: 64 -> dense(0)
}

fn main() {}
