use cnn::prelude::*;

network! {
    Digits: 10 => dense(10)
}

fn main() {}
