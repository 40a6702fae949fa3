use cnn::prelude::*;

network! {
    Digits: 64 -> dense(10) -> softplus(beta = 0.0)
}

fn main() {}
