use cnn::network;

network! {
    block unit = inner: dense(4) -> relu;
    A: 4 -> stage1: unit -> add(inner, identity)
}

fn main() {}
