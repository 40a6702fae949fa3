//! The image classifier of MLPerf Tiny (C. Banbury et al., 2021), for CIFAR-10.
//!
//! Keras counts 78,666 parameters: those that are learned and the running statistics.

cnn::network! {
    /// ResNet-8. Its convolutions have biases in front of norms, and shortcuts without a norm.
    #[allow(useless_bias, unread_rows, unread_columns)]
    pub(crate) ResNet8: 3x32x32
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
