use cnn::network;

network! {
    A: 10 -> repeat(dense(10))
}

fn main() {}
