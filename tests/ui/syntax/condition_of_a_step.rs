use cnn::network;

network! {
    A: 4 -> #[cfg(test)] relu -> #[inline] tanh
}

fn main() {}
