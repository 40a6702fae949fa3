use cnn::network;

network! {
    A: 10 -> dense(4) -> relu<>
}

fn main() {}
