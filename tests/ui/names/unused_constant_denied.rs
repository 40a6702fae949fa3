#![deny(warnings)]

use cnn::prelude::*;

network! {
    const CLASSES = 10;
    pub Digits: 64 -> dense(10)
}

fn main() {}
