use cnn::prelude::*;

network! {
    Digits: 1 x28 x28 -> flatten -> dense(10)
}

fn main() {}
