#![deny(warnings)]

use cnn::prelude::*;

network! {
    pub Net: 1x1x1 -> conv<3x3>(4, padding = same)
}

fn main() {}
