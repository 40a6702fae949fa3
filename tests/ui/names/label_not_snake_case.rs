use cnn::prelude::*;

network! {
    Digits: 64 -> HiddenLayer: dense(10)
}

fn main() {}
