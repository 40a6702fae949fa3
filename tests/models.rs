//! Networks from papers, each in at most 25 lines, with the numbers of parameters that were published.
//!
//! Nothing is run, so their loops are not compiled: what is asserted is in `SPEC`. Convolutions of MLPerf
//! Tiny carry a bias before each norm, which is warned of and kept.

// Biases before norms, and rows that a stride leaves over, are the models' own.
#![allow(deprecated)]

use cnn::prelude::*;

network! {
    /// ResNet-8 of MLPerf Tiny, image classification (C. Banbury et al., 2021).
    ResNet8: 3x32x32
        -> conv<3x3>(16, padding = same) -> batch_norm -> relu
        -> residual(
            conv<3x3>(16, padding = same) -> batch_norm -> relu
                -> conv<3x3>(16, padding = same) -> batch_norm
        ) -> relu
        -> down(32) -> down(64)
        -> avg_pool<8x8> -> flatten -> dense(10) -> 10

    block down(C) = residual(
        conv<3x3>(C, stride = 2, padding = (bottom = 1, right = 1)) -> batch_norm -> relu
            -> conv<3x3>(C, padding = same) -> batch_norm,
        shortcut = conv<1x1>(C, stride = 2)
    ) -> relu;
}

network! {
    /// ResNet-20 for CIFAR-10 (K. He et al., 2016, section 4.2), shortcuts by projection.
    ResNet20: 3x32x32
        -> stem: conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu
        -> stage1: repeat<3>(unit(16))
        -> first(32) -> stage2: repeat<2>(unit(32))
        -> first(64) -> stage3: repeat<2>(unit(64))
        -> global_avg_pool -> dense(10) -> 10

    block branch(C, S) = conv<3x3>(C, stride = S, padding = 1, bias = false) -> batch_norm -> relu
        -> conv<3x3>(C, padding = 1, bias = false) -> batch_norm;
    block unit(C) = residual(branch(C, 1)) -> relu;
    block first(C) = residual(branch(C, 2), shortcut = conv<1x1>(C, stride = 2, bias = false)) -> relu;
}

network! {
    /// DS-CNN of MLPerf Tiny, keyword spotting.
    DsCnn: 1x49x10
        -> conv<10x4>(64, stride = 2, padding = (top = 4, bottom = 5, left = 1, right = 1))
        -> batch_norm -> relu -> dropout(0.2)
        -> repeat<4>(
            depthwise_conv<3x3>(padding = same) -> batch_norm -> relu
                -> conv<1x1>(64) -> batch_norm -> relu
        )
        -> dropout(0.4) -> avg_pool<25x5> -> flatten -> dense(12) -> 12
}

network! {
    /// MobileNetV1 with a quarter of the channels, visual wake words of MLPerf Tiny.
    MobileNet: 3x96x96
        -> conv<3x3>(8, stride = 2, padding = (bottom = 1, right = 1)) -> batch_norm -> relu
        -> same(16) -> half(32) -> same(32) -> half(64) -> same(64) -> half(128)
        -> repeat<5>(same(128)) -> half(256) -> same(256)
        -> global_avg_pool -> dense(2) -> 2

    block same(C) = depthwise_conv<3x3>(padding = same) -> batch_norm -> relu -> point(C);
    block half(C) = depthwise_conv<3x3>(stride = 2, padding = (bottom = 1, right = 1))
        -> batch_norm -> relu -> point(C);
    block point(C) = conv<1x1>(C) -> batch_norm -> relu;
}

network! {
    /// The autoencoder of MLPerf Tiny, anomaly detection.
    Autoencoder: 640
        -> repeat<4>(layer(128)) -> layer(8) -> repeat<4>(layer(128)) -> dense(640) -> 640

    block layer(N) = dense(N) -> batch_norm -> relu;
}

network! {
    /// A U-Net of depth 3 (O. Ronneberger et al., 2015) on small images.
    UNet: 1x64x64
        -> left1: pair(8) -> max_pool<2x2> -> left2: pair(16) -> max_pool<2x2>
        -> left3: pair(32) -> max_pool<2x2> -> pair(64)
        -> up(32) -> concat(left3, identity) -> pair(32)
        -> up(16) -> concat(left2, identity) -> pair(16)
        -> up(8) -> concat(left1, identity) -> pair(8)
        -> conv<1x1>(2) -> 2x64x64

    block pair(C) = conv<3x3>(C, padding = same) -> relu -> conv<3x3>(C, padding = same) -> relu;
    block up(C) = transposed_conv<2x2>(C, stride = 2);
}

network! {
    /// The fire module of SqueezeNet (F. Iandola et al., 2016), fire2.
    Fire: 96x55x55
        -> squeeze: conv<1x1>(16) -> relu
        -> concat(conv<1x1>(64) -> relu, conv<3x3>(64, padding = same) -> relu)
        -> 128x55x55
}

network! {
    /// An Inception block (C. Szegedy et al., 2015, table 1, 3a).
    Inception: 192x28x28
        -> concat(
            conv<1x1>(64) -> relu,
            conv<1x1>(96) -> relu -> conv<3x3>(128, padding = same) -> relu,
            conv<1x1>(16) -> relu -> conv<5x5>(32, padding = same) -> relu,
            max_pool<3x3>(stride = 1, padding = 1) -> conv<1x1>(32) -> relu,
        )
        -> 256x28x28
}

network! {
    /// A network for signals of nine sensors.
    Signals: 9x128
        -> conv<7>(32, padding = same) -> relu -> max_pool<2>
        -> conv<5>(64, padding = same) -> relu -> max_pool<2>
        -> conv<3>(64, padding = same) -> relu -> global_avg_pool
        -> dense(6) -> 6
}

/// Learned parameters, and those with the running means and variances, which Keras counts too.
fn counts(spec: &cnn::Spec) -> [usize; 2] {
    let running = spec.statistics.iter().filter(|tensor| tensor.len > 1);
    let running: usize = running.map(|tensor| tensor.len).sum();
    [spec.parameter_count, spec.parameter_count + running]
}

#[test]
fn published_numbers_of_parameters_are_met() {
    // MLPerf Tiny gives the totals of Keras; the others are the papers' or worked by hand.
    assert_eq!(counts(<ResNet8>::SPEC), [78_186, 78_666]);
    assert_eq!(counts(<DsCnn>::SPEC), [23_756, 24_908]);
    assert_eq!(counts(<MobileNet>::SPEC)[1], 221_794);
    assert_eq!(counts(<Autoencoder>::SPEC), [267_928, 269_992]);
    assert_eq!(counts(<ResNet20>::SPEC)[0], 272_282);
    // SqueezeNet, table 1: fire2 has 11,920 parameters.
    assert_eq!(counts(<Fire>::SPEC)[0], 11_920);
    // GoogLeNet, table 1: 159 thousand, without biases.
    assert_eq!(counts(<Inception>::SPEC)[0], 163_328 + 368);
    assert_eq!(counts(<Signals>::SPEC)[0], 2_048 + 10_304 + 12_352 + 390);
}

#[test]
fn multiply_accumulates_are_those_of_the_sums() {
    // 3·16·9·32² + 2·(16·16·9·32²) + (16·32·9 + 32·32·9 + 16·32)·16² + (32·64·9 + 64·64·9 + 32·64)·8² + 640
    assert_eq!(<ResNet8>::SPEC.forward_macs(), 12_501_632);
    // 40·64·125 + 4·(9·64 + 64·64)·125 + 64·12
    assert_eq!(<DsCnn>::SPEC.forward_macs(), 2_656_768);
    assert_eq!(<UNet>::SPEC.output, [2, 64, 64]);
}
