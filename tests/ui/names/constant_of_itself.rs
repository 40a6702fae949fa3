use cnn::prelude::*;

network! {
    const A = B + 1;
    const B = A - 1;
    Digits: 64 -> dense(A)
}

fn main() {}
