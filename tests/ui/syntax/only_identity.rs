use cnn::network;

network! {
    A: 4 -> identity
}

fn main() {}
