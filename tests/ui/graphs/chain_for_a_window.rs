use cnn::network;

network! {
    block unit(K) = max_pool<K>;
    A: 1x8x8 -> unit(relu -> relu)
}

fn main() {}
