use cnn::prelude::*;

network! {
    Digits: 10 -> dense(99999999999999999999)
}

fn main() {}
