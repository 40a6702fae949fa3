use cnn::prelude::*;

network! {
    const CLASSES = 10;
    const HIDDEN = 20;
    Digits: 64 -> dense(HIDDEN) -> dense(CLASES) -> dense(CLASSES)
}

fn main() {}
