#![deny(warnings)]

use cnn::network;

network! {
    pub A: 1x8x8 -> conv<3x3>(6) -> batch_norm -> relu
}

fn main() {}
