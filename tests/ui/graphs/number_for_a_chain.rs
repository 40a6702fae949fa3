use cnn::network;

network! {
    block unit(X) = dense(4) -> X;
    A: 4 -> unit(16)
}

fn main() {}
