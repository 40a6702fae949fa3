use cnn::network;

network! {
    block unit(C) = dense(2 * C);
    A: 4 -> unit(dense(3) -> relu)
}

fn main() {}
