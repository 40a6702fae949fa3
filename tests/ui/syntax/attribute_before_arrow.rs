use cnn::prelude::*;

network! {
    Digits: 1x9x9
        #[allow(unread_rows)]
        -> max_pool<2x2>
}

fn main() {}
