#![deny(warnings)]

use cnn::network;

network! {
    pub A: 1x8x9 -> max_pool<2x2>
}

fn main() {}
