use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> relu(0.1)
}

fn main() {}
