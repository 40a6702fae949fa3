#![deny(warnings)]

use cnn::network;

network! {
    pub A: 8 -> here: identity -> relu
}

fn main() {}
