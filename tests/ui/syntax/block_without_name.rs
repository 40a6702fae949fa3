use cnn::network;

network! {
    block = relu;
    A: 4 -> relu
}

fn main() {}
