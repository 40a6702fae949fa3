//! The keyword spotter of MLPerf Tiny (C. Banbury et al., 2021).
//!
//! Keras counts 24,908 parameters: those that are learned and the running statistics.

cnn::network! {
    /// DS-CNN, on 49 windows of ten cepstral coefficients.
    #[allow(useless_bias)]
    pub(crate) DsCnn: 1x49x10
        -> conv<10x4>(64, stride = 2, padding = (top = 4, bottom = 5, left = 1, right = 1))
        -> batch_norm -> relu -> dropout(0.2)
        -> repeat<4>(
            depthwise_conv<3x3>(padding = same) -> batch_norm -> relu
                -> conv<1x1>(64) -> batch_norm -> relu
        )
        -> dropout(0.4) -> avg_pool<25x5> -> flatten -> dense(12) -> 12
}
