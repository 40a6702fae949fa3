use cnn::network;

network! {
    A: 10 -> add(dense(10), 3)
}

fn main() {}
