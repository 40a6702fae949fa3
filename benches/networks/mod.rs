//! The workloads of the benchmarks, as `benches/peers/workloads.py` has them for other libraries.

// Every benchmark compiles its own copy and uses a part of it.
#![allow(dead_code, unused_imports)]

#[path = "../../examples/models/networks/resnet8.rs"]
mod resnet8;

use cnn::network;
pub(crate) use resnet8::ResNet8;

network! {
    /// LeNet-5 for 28×28 grey-scale digits.
    pub(crate) LeNet5: 1x28x28
        -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu
        -> dense(84)  -> relu
        -> logits: dense(10)
        -> 10
}

network! {
    /// The network that this project began with: two "same" convolutions of one kernel each.
    pub(crate) SeedNet: 1x256x256
        -> conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(1, padding = same) -> tanh
}

network! {
    /// Like the first example of SimpleChains.jl, which is made for such networks: 218 parameters.
    pub(crate) Chain: 24 -> dense(8) -> tanh -> dense(2) -> 2
}

network! {
    /// A small VGG for the 32×32 images of CIFAR-10.
    pub(crate) CifarVgg: 3x32x32
        -> conv<3x3>(32, padding = same)  -> relu
        -> conv<3x3>(32, padding = same)  -> relu -> max_pool<2x2>
        -> conv<3x3>(64, padding = same)  -> relu
        -> conv<3x3>(64, padding = same)  -> relu -> max_pool<2x2>
        -> conv<3x3>(128, padding = same) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(128) -> relu
        -> dense(10)
        -> 10
}

network! {
    /// DS-CNN of MLPerf Tiny (C. Banbury et al., 2021), without its dropout.
    // As published, its convolutions have biases in front of norms.
    #[allow(useless_bias)]
    pub(crate) DsCnn: 1x49x10
        -> conv<10x4>(64, stride = 2, padding = (top = 4, bottom = 5, left = 1, right = 1))
        -> batch_norm -> relu
        -> repeat<4>(
            depthwise_conv<3x3>(padding = same) -> batch_norm -> relu
                -> conv<1x1>(64) -> batch_norm -> relu
        )
        -> avg_pool<25x5> -> flatten -> dense(12) -> 12
}
