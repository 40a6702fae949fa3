#![deny(warnings)]

use cnn::network;

network! {
    pub A: 8 -> dense(4) -> dropout(0.5)
}

fn main() {}
