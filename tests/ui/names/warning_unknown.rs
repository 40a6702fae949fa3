use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> #[allow(unread_row)] max_pool<2x2>
}

fn main() {}
