use cnn::network;

network! {
    block unit = ;
    A: 4 -> unit
}

fn main() {}
