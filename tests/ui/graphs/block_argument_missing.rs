use cnn::network;

network! {
    block unit(C, K) = conv<K>(C) -> relu;
    A: 3x8x8 -> unit(4)
}

fn main() {}
