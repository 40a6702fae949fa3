use cnn::prelude::*;

network! {
    Digits: 64 -> dense(ten)
}

fn main() {}
