use cnn::network;

network! {
    A: 10 -> concat(identity -> , relu)
}

fn main() {}
