use cnn::prelude::*;

network! {
    pub
}

fn main() {}
