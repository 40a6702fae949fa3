use cnn::network;

network! {
    A: 10 -> residual(dense(10), skip = identity)
}

fn main() {}
