#![deny(warnings)]

use cnn::network;

network! {
    block unit(C, K) = dense(C) -> relu;
    pub A: 4 -> unit(4, 3)
}

fn main() {}
