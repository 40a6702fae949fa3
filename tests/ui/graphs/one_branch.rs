use cnn::network;

network! {
    A: 4x8x8 -> add(conv<3x3>(4, padding = same))
}

fn main() {}
