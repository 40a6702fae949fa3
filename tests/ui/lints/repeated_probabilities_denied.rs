#![deny(warnings)]

use cnn::prelude::*;

network! {
    pub Net: 8 -> dense(3) -> sigmoid -> sigmoid
}

fn main() {}
