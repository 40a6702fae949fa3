use cnn::network;

network! {
    A: 1x8x8 -> conv<>(6) -> relu
}

fn main() {}
