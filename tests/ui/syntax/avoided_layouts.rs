use cnn::prelude::*;

network! {
    #[avoid_layout(rows)]
    Unknown: 4 -> dense(2)

    #[avoid_layout(columns)]
    #[avoid_layout(channels)]
    Twice: 4 -> dense(2)

    #[cfg_attr(all(), avoid_layout(columns))]
    Conditional: 4 -> dense(2)
}

fn main() {}
