use cnn::network;

network! {
    block unit(C) = dense(C) -> relu;
    A: 4 -> unit(same)
}

fn main() {}
