use cnn::prelude::*;

mod bodies {
    cnn::network! {
        pub Body: 3x8x8 -> conv<3x3>(4)
    }
}

network! {
    A: 3x8x8 -> body: net<bodies::Boddy>(4x6x6) -> flatten -> logits: dense(10)
}

fn main() {
    let net = A::new(1);
    println!("{}", net.logits().weight()[9][143]);
    println!("{:?}", net.predict(&[0.0; 192]));
}
