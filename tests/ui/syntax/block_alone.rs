use cnn::network;

network! {
    block
    A: 4 -> relu
}

fn main() {}
