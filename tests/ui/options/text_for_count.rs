use cnn::prelude::*;

network! {
    Digits: 64 -> dense("10")
}

fn main() {}
