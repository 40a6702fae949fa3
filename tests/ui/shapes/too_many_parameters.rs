use cnn::prelude::*;

network! {
    Digits: 100000 -> dense(100000)
}

fn main() {}
