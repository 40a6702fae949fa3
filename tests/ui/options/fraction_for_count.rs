use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10.5)
}

fn main() {}
