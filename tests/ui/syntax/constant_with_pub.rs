use cnn::network;

network! {
    pub const CLASSES = 10;
    A: 4 -> dense(CLASSES)
}

fn main() {}
