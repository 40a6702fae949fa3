use cnn::prelude::*;

network! {
    Film: 3x10x28x28 -> relu
}

fn main() {}
