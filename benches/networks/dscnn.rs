//! The keyword spotter of MLPerf Tiny (C. Banbury et al., 2021).

cnn::network! {
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
