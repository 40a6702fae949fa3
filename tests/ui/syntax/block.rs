use cnn::prelude::*;

network! {
    block unit(c) = conv<3x3>(c) -> relu;
    Digits: 10 -> relu
}

fn main() {}
