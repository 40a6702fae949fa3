use cnn::network;

network! {
    #[expect(unread_rows)]
    #[cfg_attr(debug_assertions, allow(unread_rows))]
    pub A: 1x8x8 -> max_pool<2x2>
}

fn main() {}
