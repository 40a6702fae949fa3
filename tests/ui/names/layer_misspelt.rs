use cnn::prelude::*;

network! {
    Digits: 1x8x8 -> cnov<3x3>(6) -> flatten -> dense(10)
}

fn main() {}
