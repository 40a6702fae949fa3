use cnn::network;

network! {
    A: 4x8x8 -> concat(identity, conv<3x3>(4))
}

fn main() {}
