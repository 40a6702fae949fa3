use cnn::network;

mod bodies {
    cnn::network! {
        pub Backbone: 3x8x8 -> conv<3x3>(4)
    }
}

network! {
    A: 3x8x8 -> net<Backbone>(4x6x6) -> flatten -> dense(10)
}

fn main() {}
