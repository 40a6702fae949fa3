use cnn::network;

network! {
    A: 4x8x8 -> multiply(identity, flatten -> dense(3) -> sigmoid)
}

fn main() {}
