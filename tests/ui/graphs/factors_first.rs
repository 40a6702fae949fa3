use cnn::network;

network! {
    A: 4x8x8 -> multiply(flatten -> dense(4) -> sigmoid, identity)
}

fn main() {}
