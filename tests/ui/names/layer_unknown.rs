use cnn::prelude::*;

network! {
    Digits: 64 -> transformer(10)
}

fn main() {}
