use cnn::prelude::*;

network! {
    const CLASSES = 10;
    const CLASSES = 20;
    Digits: 64 -> dense(CLASSES)
}

fn main() {}
