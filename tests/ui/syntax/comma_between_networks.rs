use cnn::network;

network! {
    A: 10 -> relu,
    B: 10 -> relu
}

fn main() {}
