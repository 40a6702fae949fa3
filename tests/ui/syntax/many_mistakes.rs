use cnn::prelude::*;

network! {
    Digits: 1x28x28
        -> conv1: conv<5 x 5>(6) -> reul -> max_pool<2x2>
        -> conv1: conv<3x3>(16, strid = 2)
        -> dense(0)
    Other: 10 -> dense(20) -> relu -> 30
}

fn main() {}
