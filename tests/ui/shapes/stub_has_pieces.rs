use cnn::prelude::*;

network! {
    block unit(C) = conv<3x3>(C, padding = same) -> relu;

    pub Digits: 1x8x8
        -> stage1: unit(4)
        -> body: repeat<2>(residual(inner: unit(4)) -> tanh)
        -> flatten -> logits: dense(12)
        -> 10
}

fn main() {
    let mut net = Digits::new(42);
    let stage = net.stage1();
    let weight: f32 = stage.conv1().weight()[3][0][2][2] + stage.conv1().bias()[0];
    net.stage1_mut().conv1().bias()[3] = weight;
    net.body_mut().1.inner().conv1().bias()[3] = weight;
    println!("{:?}", net.body().0.inner().conv1().weight()[3][3]);
}
