use cnn::network;

network! {
    block pair(X, X) = dense(X) -> dense(X);
    A: 4 -> pair(3, 4)
}

fn main() {}
