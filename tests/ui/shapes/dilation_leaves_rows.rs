#![deny(warnings)]

use cnn::prelude::*;

network! {
    Digits: 1x9x9 -> conv<2x2>(6, stride = 2, dilation = 2)
}

fn main() {}
