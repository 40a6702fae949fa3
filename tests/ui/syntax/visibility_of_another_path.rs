use cnn::network;

network! {
    pub(network) A: 10 -> relu
}

fn main() {}
