use cnn::prelude::*;

network! {
    Digits: 64 -> hidden: dense(20) -> relu -> hidden
}

fn main() {}
