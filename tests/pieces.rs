//! Labelled pieces of a network: their parameters by name, in files and in the program.

use cnn::prelude::*;

network! {
    block unit(C) = conv<3x3>(C, padding = same) -> relu;

    /// Pieces of every kind.
    Pieces: 2x6x6
        -> stem: conv<3x3>(4, padding = same)
        -> stage1: unit(4)
        -> body: repeat<2>(residual(inner: unit(4)) -> tanh)
        -> repeat<1>(conv<1x1>(3, bias = false))
        -> head: net<Head>(5)
    Head: 3x6x6 -> flatten -> dense(5)
}

#[test]
fn parameters_are_named_after_their_pieces() {
    let names: Vec<&str> = <Pieces>::SPEC.parameters.iter().map(|p| p.name).collect();
    assert_eq!(
        names,
        [
            "stem.weight",
            "stem.bias",
            "stage1.conv1.weight",
            "stage1.conv1.bias",
            "body.0.inner.conv1.weight",
            "body.0.inner.conv1.bias",
            "body.1.inner.conv1.weight",
            "body.1.inner.conv1.bias",
            "repeat2.0.conv1.weight",
            "head.dense1.weight",
            "head.dense1.bias",
        ]
    );
}

#[test]
fn pieces_hold_their_own_part_of_the_parameters() {
    let mut net = Pieces::zeroed();
    for (value, parameter) in net.parameters_mut().iter_mut().enumerate() {
        *parameter = value as f32;
    }
    let start = |name: &str| {
        let tensors = <Pieces>::SPEC.parameters.iter();
        let offset = tensors.filter(|tensor| tensor.name == name);
        offset.map(|tensor| tensor.offset as f32).sum::<f32>()
    };
    let weight: &[[[[f32; 3]; 3]; 4]; 4] = net.stage1().conv1().weight();
    assert_eq!(weight[0][0][0][0], start("stage1.conv1.weight"));
    let second = net.body().1.inner().conv1();
    assert_eq!(second.bias()[0], start("body.1.inner.conv1.bias"));
    assert_eq!(
        net.repeat2().0.conv1().weight()[0][0][0][0],
        start("repeat2.0.conv1.weight")
    );
    assert_eq!(net.head().dense1().bias()[0], start("head.dense1.bias"));

    net.body_mut().0.inner().conv1().bias()[2] = -1.0;
    net.head_mut().dense1().weight()[4][107] = -2.0;
    assert_eq!(net.body().0.inner().conv1().bias()[2], -1.0);
    assert_eq!(net.head().dense1().weight()[4][107], -2.0);
}
