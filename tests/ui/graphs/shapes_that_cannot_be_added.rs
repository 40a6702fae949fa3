use cnn::network;

network! {
    A: 4x8x8
        -> residual(conv<3x3>(8, stride = 2, padding = 1) -> relu)
        -> flatten -> dense(10)
}

fn main() {}
