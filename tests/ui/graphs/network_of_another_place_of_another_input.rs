use cnn::network;

mod bodies {
    cnn::network! {
        pub Body: 3x8x8 -> conv<3x3>(4) -> max_pool<2x2>
    }
}

network! {
    A: 192 -> net<bodies::Body>(4x3x3) -> flatten -> dense(10)
}

fn main() {}
