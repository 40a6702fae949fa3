use cnn::prelude::*;

network! {
    const CLASSES = 10;
    Digits: 64 -> dense(CLASSES) -> [CLASSES]
    Other: CLASSES -> relu
}

fn main() {}
