use cnn::prelude::*;

network! {}

fn main() {}
