mod first {
    cnn::network! {
        pub A: 4 -> net<super::second::B>(4)
    }
}

mod second {
    cnn::network! {
        pub B: 4 -> net<super::first::A>(4)
    }
}

fn main() {}
