use cnn::prelude::*;

network! {
    Digits: -> flatten -> dense(10)
}

fn main() {}
