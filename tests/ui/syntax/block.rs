use cnn::network;

network! {
    block b(C) -> conv<3x3>(C);
    A: 1x8x8 -> b(4)
}

fn main() {}
