use cnn::network;

network! {
    pub(crate) block unit = dense(4) -> relu;
    A: 4 -> unit
}

fn main() {}
