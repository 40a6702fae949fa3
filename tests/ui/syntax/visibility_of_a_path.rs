use cnn::network;

network! {
    pub(crate::networks) A: 10 -> relu
}

fn main() {}
