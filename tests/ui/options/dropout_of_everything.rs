use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> dropout(1)
}

fn main() {}
