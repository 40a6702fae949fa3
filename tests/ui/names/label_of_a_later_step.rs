use cnn::network;

network! {
    A: 4 -> add(later -> relu, identity) -> later: dense(4)
}

fn main() {}
