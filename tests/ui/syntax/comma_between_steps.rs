use cnn::prelude::*;

network! {
    Digits: 10 -> relu, dense(10)
}

fn main() {}
