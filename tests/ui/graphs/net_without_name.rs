use cnn::network;

network! {
    A: 10 -> net<>
}

fn main() {}
