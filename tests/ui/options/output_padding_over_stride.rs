use cnn::prelude::*;

network! {
    Digits: 2x8x8 -> transposed_conv<3x3>(4, stride = 2, output_padding = 2)
}

fn main() {}
