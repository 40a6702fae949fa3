use cnn::prelude::*;

mod bodies {
    cnn::network! {
        pub Body: 3x8x8 -> cnov<3x3>(4)
    }
}

network! {
    A: 3x8x8 -> net<bodies::Body>(4x6x6) -> flatten -> logits: dense(10)
}

fn main() {
    println!("{}", A::new(1).logits().weight()[9][143]);
}
