use cnn::network;

network! {
    Body: 3x8x8 -> conv<3x3>(4)
    A: 1x8x8 -> net<Body>(4x6x6) -> flatten -> dense(10)
}

fn main() {}
