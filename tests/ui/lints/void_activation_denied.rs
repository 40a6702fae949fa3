#![deny(warnings)]

use cnn::prelude::*;

network! {
    pub Net: 1x8x8 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> relu
}

fn main() {}
