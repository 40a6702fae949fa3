use cnn::network;

mod bodies {
    cnn::network! {
        pub Body: 3x8x8 -> conv<3x3>(4)
    }
}

network! {
    A: 3x8x8 -> net<bodies::Body>(4x8x8) -> flatten -> dense(10)
}

fn main() {}
