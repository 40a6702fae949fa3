#![deny(deprecated)]

use cnn::network;

network! {
    block unit = relu;
    A: 10 -> tanh
}

fn main() {}
