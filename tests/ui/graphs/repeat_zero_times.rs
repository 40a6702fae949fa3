use cnn::network;

network! {
    A: 4 -> repeat<0>(dense(4) -> relu)
}

fn main() {}
