use cnn::prelude::*;

network! {
    Digits: 64 -> hidden: dense(20) -> relu -> hidden: dense(10)
}

fn main() {}
