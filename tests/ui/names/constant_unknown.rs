use cnn::prelude::*;

network! {
    Digits: 64 -> dense(CLASSES)
}

fn main() {}
