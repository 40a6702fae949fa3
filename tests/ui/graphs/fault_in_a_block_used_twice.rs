use cnn::network;

network! {
    block unit(C) = conv<3x3>(C) -> rleu;
    A: 3x8x8 -> unit(4) -> unit(8)
}

fn main() {}
