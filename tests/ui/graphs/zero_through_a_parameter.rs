use cnn::network;

network! {
    block unit(C) = dense(C) -> relu;
    A: 4 -> unit(0)
}

fn main() {}
