#![deny(warnings)]

use cnn::prelude::*;

network! {
    pub Digits: 1x9x8 -> max_pool<2x2> -> flatten -> dense(10)
}

fn main() {}
