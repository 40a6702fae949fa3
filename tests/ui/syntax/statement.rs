use cnn::prelude::*;

network! {
    let classes = 10;
    Digits: 64 -> dense(10)
}

fn main() {}
