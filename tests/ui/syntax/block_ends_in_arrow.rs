use cnn::network;

network! {
    block unit = relu -> ;
    A: 4 -> unit
}

fn main() {}
