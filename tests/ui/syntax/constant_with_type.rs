use cnn::prelude::*;

network! {
    const CLASSES: usize = 10;
    Digits: 64 -> dense(CLASSES)
}

fn main() {}
