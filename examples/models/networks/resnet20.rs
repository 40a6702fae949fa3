//! The smallest network for CIFAR-10 of K. He et al., *Deep Residual Learning for Image Recognition*,
//! 2016, section 4.2, with shortcuts by projection (option B), each with a norm as all convolutions.
//!
//! The paper counts 0.27 million parameters; 40.81 million multiply–accumulates are those that
//! `chenyaofo/pytorch-cifar-models` publishes for it.

cnn::network! {
    /// ResNet-20.
    #[allow(unread_rows, unread_columns)]
    pub(crate) ResNet20: 3x32x32
        -> stem: conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu
        -> stage1: repeat<3>(unit(16))
        -> first(32) -> stage2: repeat<2>(unit(32))
        -> first(64) -> stage3: repeat<2>(unit(64))
        -> global_avg_pool -> dense(10) -> 10

    block branch(C, S) = conv<3x3>(C, stride = S, padding = 1, bias = false) -> batch_norm -> relu
        -> conv<3x3>(C, padding = 1, bias = false) -> batch_norm;
    block unit(C) = residual(branch(C, 1)) -> relu;
    block first(C) = residual(
        branch(C, 2),
        shortcut = conv<1x1>(C, stride = 2, bias = false) -> batch_norm
    ) -> relu;
}
