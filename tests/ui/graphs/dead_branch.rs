use cnn::network;

network! {
    A: 10 -> stem: dense(4) -> lost: dense(4) -> add(stem, stem -> tanh)
}

fn main() {}
