use cnn::prelude::*;

network! {
    Digits: 64 -> Linear(10)
}

fn main() {}
