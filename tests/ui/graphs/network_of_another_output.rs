use cnn::network;

network! {
    Body: 3x8x8 -> conv<3x3>(4)
    A: 3x8x8 -> net<Body>(4x8x8) -> flatten -> dense(10)
}

fn main() {}
