use cnn::network;

network! {
    block unit = relu -> unit;
    A: 10 -> unit
}

fn main() {}
