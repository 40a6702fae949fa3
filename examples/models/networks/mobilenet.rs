//! The finder of persons of MLPerf Tiny (C. Banbury et al., 2021; visual wake words).
//!
//! Keras counts 221,794 parameters: those that are learned and the running statistics.

cnn::network! {
    /// MobileNetV1 (A. Howard et al., 2017) with a quarter of the channels.
    #[allow(useless_bias)]
    pub(crate) MobileNet: 3x96x96
        -> conv<3x3>(8, stride = 2, padding = (bottom = 1, right = 1)) -> batch_norm -> relu
        -> same(16) -> half(32) -> same(32) -> half(64) -> same(64) -> half(128)
        -> repeat<5>(same(128)) -> half(256) -> same(256)
        -> global_avg_pool -> dense(2) -> 2

    block same(C) = depthwise_conv<3x3>(padding = same) -> batch_norm -> relu -> point(C);
    block half(C) = depthwise_conv<3x3>(stride = 2, padding = (bottom = 1, right = 1))
        -> batch_norm -> relu -> point(C);
    block point(C) = conv<1x1>(C) -> batch_norm -> relu;
}
