use cnn::prelude::*;

network! {
    pub Digits: 1x8x8
        -> conv1: conv<3x3>(6) -> relu -> flatten -> logits: dense(12)
        -> 10
}

fn takes<N: Network<Input = Chw<1, 8, 8>, Output = Flat<10>>>(_: &N) {}

static INLINE: Digits<f32, Inline> = Digits::ZERO;

fn main() {
    let mut net = Digits::new(42);
    takes(&net);
    let weight: f32 = net.conv1().weight()[5][0][2][2];
    net.logits_mut().bias()[3] = weight;
    net.init(43);
    println!("{net:?} {}", net.clone().to_f64().parameters().len());
    takes(&INLINE);
}
