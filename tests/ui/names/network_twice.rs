use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10)
    Digits: 64 -> dense(20)
}

fn main() {}
