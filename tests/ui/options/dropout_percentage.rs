use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> dropout(rate = 20)
}

fn main() {}
